import { expect, it } from 'vitest'
import { checkpointsIn } from '../../../master/cli/given-checkpoints.ts'
import { MOST_CHECKPOINTS } from '../../../master/control/audit-row.ts'

function line(seq: number, before = ''): string {
  const checkpoint = { seq, hash: 'a'.repeat(64), at: '2026-11-21T00:00:00.000Z', signature: 'c2ln' }
  return `${before}${JSON.stringify({ level: 30, checkpoint, msg: 'checkpoint of the log' })}`
}

it('checkpointsIn finds the checkpoints of a journal in order, each once, whatever precedes them on a line', () => {
  const text = [
    'Nov 21 07:00:00 m1 saltern-master[12]: the start of it',
    line(9, 'Nov 21 07:01:00 m1 saltern-master[12]: '),
    line(3),
    line(3),
    '{"checkpoint": "none"}',
    '{"checkpoint": {"seq": "1"}}',
    'Nov "checkpoint" {cut',
    'null "checkpoint"',
  ].join('\n')

  expect(checkpointsIn(text).map(({ seq }) => seq)).toEqual([3, 9])
})

it('checkpointsIn thins out a large number of checkpoints evenly and keeps the last one', () => {
  const text = Array.from({ length: 3 * MOST_CHECKPOINTS - 1 }, (_, index) => line(index + 1)).join('\n')
  const found = checkpointsIn(text)

  expect(found.length).toBeLessThanOrEqual(MOST_CHECKPOINTS)
  expect(found.length).toBeGreaterThan(MOST_CHECKPOINTS - 3)
  expect(found.at(-1)?.seq).toBe(3 * MOST_CHECKPOINTS - 1)
})
