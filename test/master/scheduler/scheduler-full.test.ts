import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseSchedule } from '../../../master/schedule/parse.ts'
import { createScheduler } from '../../../master/scheduler/scheduler.ts'
import { openStore, type Store } from '../../../master/store/open.ts'
import { temporaryDirectory } from '../store/fixture.ts'
import { eventsOf } from './schedule-scene.ts'

const MANY = Array.from({ length: 60 }, (_, number) => `  s${number}: {cron: "0 1 * * *", verb: test, target: "*"}\n`)
const TEXT = `schedules:\n${MANY.join('')}`

it('a disk that fills up during the claims starts the recorded runs, and the rest when there is room', async () => {
  const directory = temporaryDirectory()
  let now = Date.parse('2026-11-21T00:30:00Z')
  const begun: string[] = []
  const warned: string[] = []
  const tickWith = async (maxBytes?: number): Promise<number> => {
    const store: Store = openStore(directory, { now: () => now, ...(maxBytes === undefined ? {} : { maxBytes }) })
    const scheduler = createScheduler({
      store,
      now: () => now,
      warn: (message, facts) => warned.push(`${message} ${JSON.stringify(facts)}`),
      read: async () => ({ schedule: parseSchedule(TEXT).schedule, text: TEXT, editedAtMs: 0 }),
      carryOut: async scheduledRun => {
        begun.push(scheduledRun.id)
        return new Promise(() => undefined)
      },
    })
    await scheduler.tick()
    const fired = eventsOf(store, 'schedule-fired').length
    expect(store.log.verify()).toMatchObject({ ok: true })
    store.close()
    return fired
  }
  await tickWith()
  const { size } = statSync(join(directory, 'saltern.db'))
  now = Date.parse('2026-11-21T01:00:00Z')

  const fired = await tickWith(size + 20_000)
  expect(warned.join()).toContain('STORE_FULL')
  expect(fired).toBeGreaterThan(0)
  expect(fired).toBeLessThan(60)
  expect(begun).toHaveLength(fired)

  begun.length = 0
  now += 120_000
  expect(await tickWith()).toBe(60)
  // Interrupted ones are resumed and the others started, none of them twice.
  expect(begun).toHaveLength(60)
  expect(new Set(begun).size).toBe(60)
})
