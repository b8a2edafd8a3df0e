import { validate } from 'node-cron'
import { expect, it } from 'vitest'
import { maintenanceTasks } from '../../../master/wiring/maintenance-tasks.ts'

it('the maintenance tasks remove pending keys and join tokens by age, sign, and sweep recordings and large files', async () => {
  const seen: string[] = []
  const tasks = maintenanceTasks({
    now: () => Date.parse('2026-11-21T10:00:00Z'),
    pendingKeysMs: 3_600_000,
    keys: {
      expirePending: before => seen.push(`pending before ${before}`),
      removeExpiredTokens: before => seen.push(`tokens before ${before}`),
    },
    checkpointer: { sign: () => void seen.push('sign') },
    recordings: {
      sweep: async () => {
        seen.push('sweep')
      },
    },
    blobFiles: {
      collect: async () => {
        return seen.push('collect')
      },
    },
  })
  for (const { run } of tasks) await run()

  expect(seen).toEqual([
    'sign',
    'pending before 2026-11-21T09:00:00.000Z',
    'tokens before 2026-10-22T10:00:00.000Z',
    'sweep',
    'collect',
  ])
  expect(tasks.filter(({ cron }) => !validate(cron))).toEqual([])
})
