import { expect, it } from 'vitest'
import { failureLines } from '../../../../../master/cli/render/result/failures.ts'
import { showOf } from '../../../../../master/cli/render/result/show.ts'
import { shownRuns } from '../../../../../master/cli/render/result/shown-run.ts'
import { PLAIN } from '../../../../../master/cli/render/style.ts'
import type { RunOutcome } from '../../../../../master/jobs/results.ts'
import { abandoned, lost } from '../../../../../master/jobs/run-problems.ts'
import type { MinionId } from '../../../../../protocol/ids.ts'
import { runOf } from '../screen-scenes.ts'

function ids(count: number): readonly MinionId[] {
  return Array.from({ length: count }, (_, at) => `web${at + 1}` as MinionId)
}

function shown(runs: readonly RunOutcome[]): readonly string[] {
  return failureLines({ runs: shownRuns(runs), leftOut: [], waiting: [] }, showOf(undefined, 'short'), PLAIN)
}

it('the lost runs of many minions are one failure', () => {
  const lines = shown(ids(500).map(id => runOf(id, [], 0, { state: 'failed', problem: lost(id) })))

  expect(lines).toEqual([
    'failed        500 runs  on all 500 minions  each with its own id',
    '      RUN_LOST: `web1` started this run, reconnected, and no longer has it: it is unknown what the run did',
    '        hint: Look at `journalctl -u saltern-minion` on `web1`, then apply again.',
  ])
})

it('the runs of many minions without a report are one failure although each was online at another time', () => {
  const runs = ids(30).map((id, at) => {
    return runOf(id, [], 0, { state: 'failed', problem: abandoned(id, `2026-11-21T03:00:${10 + at}.000Z`) })
  })

  expect(shown(runs)).toHaveLength(3)
})

it('the same failed check of many minions is one failure where only their ids differ', () => {
  const runs = ids(5).map(id => {
    const problem = { code: 'RUN_LOST', message: `${id}.example.org does not answer` } as const
    return runOf(id, [], 0, {
      state: 'failed',
      checks: [{ key: 'web/answers', outcome: 'failed', durationMs: 20, problem }],
    })
  })

  expect(shown(runs)[0]).toBe('failed        check web/answers  on all 5 minions  each with its own id  20 ms')
})

it('minions that were left out are named up to 20', () => {
  const leftOut = ids(12).map(minion => ({ minion, problems: [{ code: 'FLEET_INVALID', message: 'x' }] as const }))

  const [head] = failureLines({ runs: [], leftOut, waiting: [] }, showOf(undefined, 'short'), PLAIN)

  expect(head).toBe(`left out      ${ids(11).join(', ')} and web12`)
})
