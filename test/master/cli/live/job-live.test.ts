import { expect, it } from 'vitest'
import { createLiveJob, takeEvent } from '../../../../master/cli/live/job-live.ts'
import { liveLines } from '../../../../master/cli/live/live-lines.ts'
import { createStyle } from '../../../../master/cli/render/style.ts'
import { runOf, state } from '../render/screen-scenes.ts'
import { halfway } from './live-scenes.ts'

const STYLE = createStyle(false, 80)

it('a live job counts minions, tracks what each is working on, and keeps the first failures with their reason', () => {
  const live = halfway()

  expect(live).toMatchObject({ minions: 20, finished: 9, failed: new Set(['web4', 'web9']) })
  expect(live.working.size).toBe(9)
  expect(live.working.get('web10')).toMatchObject({ done: 108, states: 300 })
  expect([...live.failures.values()]).toEqual([
    {
      minions: new Set(['web4', 'web9']),
      what: 'pkg.installed nginx modules',
      cause: 'E: Unable to locate package libnginx-mod-http-geoip2',
    },
  ])
})

it('a live job keeps another reason for failures beside one that many minions have, each with its own id in it', () => {
  const live = createLiveJob(0)
  const fail = (minion: string, message: string) => {
    const problem = { code: 'RUN_LOST', message } as const
    takeEvent(live, { type: 'finished', run: runOf(minion, [], 0, { state: 'failed', problem }) }, 0)
  }
  for (let at = 0; at < 9; at++) fail(`m${at}`, `m${at} no longer has it\nline 2`)
  fail('db1', 'the disk is full')

  expect([...live.failures.values()].map(({ what, cause, minions }) => [what, cause, minions.size])).toEqual([
    ['the run failed', 'm0 no longer has it', 9],
    ['the run failed', 'the disk is full', 1],
  ])
})

it('a live job counts a minion that fails in two rounds once', () => {
  const live = createLiveJob(0)
  takeEvent(live, { type: 'job', job: 'job-1', verb: 'apply', minions: ['a', 'b'], offline: [] }, 0)
  for (const round of [2, 3]) {
    takeEvent(live, { type: 'finished', run: runOf('a', [state('x/y.z/w', 'failed', 1)], 0) }, 0)
    takeEvent(live, { type: 'round', round, minions: ['a', 'b'] }, 0)
  }

  expect(live.failed.size).toBe(1)
  expect(liveLines(live, { columns: 140, rows: 24 }, 0, STYLE)[0]).toContain('0/2 minions, 1 failed in all rounds')
})

it('a live job restarts its counts in a further round and keeps its failures', () => {
  const live = createLiveJob(0)
  takeEvent(live, { type: 'job', job: 'job-1', verb: 'apply', minions: ['a', 'b'], offline: [] }, 0)
  takeEvent(live, { type: 'finished', run: runOf('a', [state('x/y.z/w', 'failed', 1)], 0) }, 0)
  takeEvent(live, { type: 'round', round: 2, minions: ['b'] }, 0)

  expect(live).toMatchObject({ round: 2, minions: 1, finished: 0, failed: new Set(['a']) })
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
