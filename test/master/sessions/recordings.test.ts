import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createRecordings } from '../../../master/sessions/recordings.ts'
import { AppError } from '../../../protocol/errors.ts'
import { openFixture, temporaryDirectory } from '../store/fixture.ts'
import { DB1, START } from '../store/rows.ts'

const DAY = 86_400_000
const FACTS = { title: 't', width: 80, height: 24, term: 'xterm', secrets: [] }

function scene(rule = { ageMs: 90 * DAY, bytes: 1_000_000 }) {
  const { store } = openFixture()
  const directory = join(temporaryDirectory(), 'recordings')
  mkdirSync(directory)
  const warnings: string[] = []
  const sessions = { ...store.sessions }
  const deps = { directory, rule, store: { sessions }, now: () => START, warn: (text: string) => warnings.push(text) }
  const recordings = createRecordings(deps)
  const keep = (session: string, daysAgo: number): string => {
    const path = join(directory, `${session}.cast`)
    writeFileSync(path, 'x'.repeat(100))
    utimesSync(path, START / 1000, (START - daysAgo * DAY) / 1000)
    return path
  }
  const session = (id: string): void => {
    const facts = { operator: 'ann', minion: DB1, kind: 'ssh', recording: true } as const
    store.sessions.opened({ session: id, ...facts })
    store.sessions.ended({ session: id, exit: 0, durationMs: 1, bytesIn: 1, bytesOut: 1 })
  }
  return { store, sessions, recordings, directory, warnings, keep, session }
}

it('recordings older than the retention age are deleted, and the log says why', async () => {
  const { store, recordings, keep, session } = scene()
  const [old, young] = [keep('ses-1', 91), keep('ses-2', 1)]
  for (const id of ['ses-1', 'ses-2']) session(id)
  await recordings.sweep()

  expect([existsSync(old), existsSync(young)]).toEqual([false, true])
  expect(store.sessions.get('ses-1')?.expired).toBe('age')
  expect(store.sessions.get('ses-2')?.expired).toBeUndefined()
})

it('recordings are deleted when their total size is too large, except a running one', async () => {
  const { store, recordings, directory, keep, session } = scene({ ageMs: 90 * DAY, bytes: 250 })
  keep('ses-1', 2)
  session('ses-1')
  const running = await recordings.recorder.begin({ session: 'ses-3', ...FACTS })
  keep('ses-2', 1)
  session('ses-2')
  await recordings.sweep()

  expect(existsSync(join(directory, 'ses-3.cast'))).toBe(true)
  expect(store.sessions.get('ses-1')?.expired).toBe('bytes')
  expect(store.sessions.get('ses-2')?.expired).toBeUndefined()
  await running.end()
})

it('an expired recording of a session unknown to the log is deleted too', async () => {
  const { store, recordings, keep } = scene()
  const path = keep('ses-9', 91)
  const seq = store.log.lastSeq()
  await recordings.sweep()

  expect(existsSync(path)).toBe(false)
  expect(store.log.lastSeq()).toBe(seq)
})

it('an expired recording is deleted first when the disk is too full for the log', async () => {
  const { store, sessions, recordings, keep, session, warnings } = scene()
  const path = keep('ses-1', 91)
  session('ses-1')
  sessions.expired = (id, why) => {
    if (existsSync(path)) throw new AppError({ code: 'STORE_FULL', message: 'no room' })
    store.sessions.expired(id, why)
  }
  await recordings.sweep()

  expect(existsSync(path)).toBe(false)
  expect(store.sessions.get('ses-1')?.expired).toBe('age')
  expect(warnings).toEqual([])
})

it('an expired recording is kept when the log fails for another reason, with a warning', async () => {
  const { sessions, recordings, keep, session, warnings } = scene()
  const path = keep('ses-1', 91)
  session('ses-1')
  sessions.expired = () => {
    throw new TypeError('broken')
  }
  await recordings.sweep()

  expect(existsSync(path)).toBe(true)
  expect(warnings).toEqual(['old recordings could not be removed'])
})
