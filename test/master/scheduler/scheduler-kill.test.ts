import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStore } from '../../../master/store/open.ts'
import { temporaryDirectory } from '../store/fixture.ts'
import { START } from '../store/rows.ts'
import { eventsOf } from './schedule-scene.ts'

/** Returns how a firing master ended: undefined, or the signal. */
function fire(directory: string, stage: string): Promise<string | undefined> {
  const program = join(import.meta.dirname, 'fire-and-die.ts')
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, directory, stage], (error, _out, err) => {
      if (error === null && err === '') resolve(undefined)
      else if (error?.signal) resolve(error.signal)
      else reject(new Error(err || error?.message))
    })
  })
}

it.each(['claiming', 'claimed', 'ordered', 'reported', 'ended'])(
  'a master killed at the stage `%s` of a scheduled run has started every run exactly once after the restarts',
  async stage => {
    const directory = temporaryDirectory()
    // The second kill hits the resumed scheduled run, or the next one.
    expect(await fire(directory, stage)).toBe('SIGKILL')
    expect(await fire(directory, stage)).toBe('SIGKILL')
    expect(await fire(directory, 'never')).toBeUndefined()

    const store = openStore(directory, { now: () => START })
    const fired = eventsOf(store, 'schedule-fired').map(({ firing: scheduledRun }) => scheduledRun)
    const first = START + 60_000
    expect(fired.length).toBeGreaterThanOrEqual(3)
    expect(fired).toEqual(fired.map((_, number) => `it@${new Date(first + number * 60_000).toISOString()}`))
    expect(eventsOf(store, 'job-ordered').map(({ options }) => options['firing'])).toEqual(fired)
    expect(eventsOf(store, 'delivery-queued').map(({ firing: scheduledRun }) => scheduledRun)).toEqual(fired)
    expect(eventsOf(store, 'schedule-ended').map(({ firing: scheduledRun }) => scheduledRun)).toEqual(fired)
    expect(eventsOf(store, 'schedule-skipped')).toEqual([])
    expect(store.schedules.scheduledRuns()).toEqual([])
    expect(store.log.verify()).toMatchObject({ ok: true })
    expect(store.rebuildViews()).toEqual([])
    store.close()
  },
)
