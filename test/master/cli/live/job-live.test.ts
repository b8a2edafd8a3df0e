import { expect, it } from 'vitest'
import { createLiveJob, takeEvent } from '../../../../master/cli/live/job-live.ts'
import { liveLines } from '../../../../master/cli/live/live-lines.ts'
import { createStyle } from '../../../../master/cli/render/style.ts'
import { runOf, state } from '../render/screen-scenes.ts'
import { halfway } from './live-scenes.ts'

const STYLE = createStyle(false, 80)

it('a live job counts minions, tracks what each is working on, and keeps the first failures with their reason', () => {
  const live = halfway()

  expect(live).toMatchObject({ minions: 20, finished: 9, failed: 2 })
  expect(live.working.size).toBe(9)
  expect(live.working.get('web10')).toMatchObject({ done: 108, states: 300 })
  expect(live.failures).toEqual([
    { minion: 'web4', why: 'pkg.installed nginx modules: PROGRAM_FAILED' },
    { minion: 'web9', why: 'pkg.installed nginx modules: PROGRAM_FAILED' },
  ])
})

it('a live job restarts its counts in a further round and keeps its failures', () => {
  const live = createLiveJob(0)
  takeEvent(live, { type: 'job', job: 'job-1', verb: 'apply', minions: ['a', 'b'], offline: [] }, 0)
  takeEvent(live, { type: 'finished', run: runOf('a', [state('x/y.z/w', 'failed', 1)], 0) }, 0)
  takeEvent(live, { type: 'round', round: 2, minions: ['b'] }, 0)

  expect(live).toMatchObject({ round: 2, minions: 1, finished: 0, failed: 1 })
})

it('the cost of an event or a frame of a live job does not depend on its number of minions', () => {
  const reads = [100, 200, 400].map(minions => {
    const live = createLiveJob(0)
    const counted = new CountedMap<string, never>()
    Object.assign(live, { working: counted, minions })
    for (let at = 0; at < minions; at++) {
      takeEvent(live, { type: 'run', minion: `m${at}`, run: 'run-1', state: 'running', states: 20 }, 0)
      liveLines(live, { columns: 80, rows: 24 }, 0, STYLE)
    }
    expect(counted.size).toBe(minions)
    return counted.reads / minions
  })

  for (const each of reads) expect(each).toBeLessThan(14)
})

/** Counts what is read of it one by one. */
class CountedMap<Key, Value> extends Map<Key, Value> {
  reads = 0
  override *entries(): MapIterator<[Key, Value]> {
    for (const entry of super.entries()) {
      this.reads += 1
      yield entry
    }
    return undefined
  }
}
