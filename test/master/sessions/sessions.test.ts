import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { ALL_RIGHTS, type Caller } from '../../../master/access/caller.ts'
import type { ControlContext } from '../../../master/context.ts'
import { createRecordings } from '../../../master/sessions/recordings.ts'
import { sessionPlayVerb, sessionsVerb, sessionVerb } from '../../../master/verbs/sessions.ts'
import type { MinionId, Sha256 } from '../../../protocol/ids.ts'
import { runVerb } from '../run-verb.ts'
import { openFixture } from '../store/fixture.ts'
import { DB1, DB2, START } from '../store/rows.ts'

const ROOT: Caller = { operator: 'root', via: 'socket', rights: ALL_RIGHTS }
const NEVER = new AbortController().signal
const deaf = (): void => undefined

/** A store, recordings on disk, and the verbs for both. */
function scene() {
  const fixture = openFixture()
  const { store } = fixture
  const directory = mkdtempSync(join(tmpdir(), 'saltern-sessions-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const rule = { ageMs: 1e12, bytes: 1e12 }
  const recordings = createRecordings({ directory, rule, store, now: () => START, warn: deaf })
  const context = { store, recordings } as Pick<ControlContext, 'store' | 'recordings'> as ControlContext
  const begin = async (session: string, minion: MinionId = DB1, operator = 'ann') => {
    store.sessions.opened({ session, operator, minion, kind: 'ssh', recording: true })
    fixture.pass(1000)
    return recordings.recorder.begin({ session, title: '', width: 80, height: 24, term: 'xterm', secrets: [] })
  }
  const record = async (session: string, text: string, minion: MinionId = DB1, operator = 'ann'): Promise<void> => {
    const recording = await begin(session, minion, operator)
    for (const line of text.split(/(?<=\n)/)) {
      recording.output(new TextEncoder().encode(line))
      recording.resize({ width: 80, height: 24 })
    }
    const { sha256, bytes, durationMs, cut } = await recording.end()
    const recorded = { recordingSha256: sha256 as Sha256, recordingBytes: bytes, cut }
    store.sessions.ended({ session, exit: 0, durationMs, bytesIn: 1, bytesOut: text.length, ...recorded })
  }
  return {
    store,
    begin,
    record,
    path: (session: string) => join(directory, `${session}.cast`),
    list: (input: object = {}) => runVerb(sessionsVerb, context, input, { signal: NEVER, caller: ROOT }),
    show: (session: string) => runVerb(sessionVerb, context, { session }, { signal: NEVER, caller: ROOT }),
    play: (session: string, from = 0) =>
      runVerb(sessionPlayVerb, context, { session, from }, { signal: NEVER, caller: ROOT }),
  }
}

it('sessions are listed newest first and can be filtered by operator or minion', async () => {
  const { record, list } = scene()
  await record('ses-1', 'x')
  await record('ses-2', 'x', DB2, 'bob')
  await record('ses-3', 'x')
  const ids = async (input: object) => (await list(input)).sessions.map(({ session }) => session)

  expect(await ids({})).toEqual(['ses-3', 'ses-2', 'ses-1'])
  expect(await ids({ limit: 2 })).toEqual(['ses-3', 'ses-2'])
  expect(await ids({ operator: 'bob' })).toEqual(['ses-2'])
  expect(await ids({ minion: DB1, limit: 1 })).toEqual(['ses-3'])
  expect(await ids({ operator: 'eve' })).toEqual([])
})

it('filtered sessions are found behind many others', async () => {
  const { store, list } = scene()
  const facts = { operator: 'ann', minion: DB1, kind: 'run', recording: false } as const
  store.sessions.opened({ session: 'ses-0', ...facts, operator: 'bob' })
  for (let index = 0; index < 230; index++) store.sessions.opened({ session: `ses-x${index}`, ...facts })

  expect((await list({ operator: 'bob' })).sessions.map(({ session }) => session)).toEqual(['ses-0'])
  expect((await list({ limit: 1000 })).sessions).toHaveLength(231)
})

it('a session shows whether its recording exists', async () => {
  const { store, begin, record, path, list, show } = scene()
  await record('ses-1', 'kept')
  await record('ses-2', 'longer')
  await record('ses-3', 'gone')
  await record('ses-4', 'expired')
  const running = await begin('ses-5')
  store.sessions.opened({ session: 'ses-6', operator: 'ann', minion: DB1, kind: 'run', recording: false })
  store.sessions.opened({ session: 'ses-7', operator: 'ann', minion: DB1, kind: 'ssh', recording: true })
  store.sessions.ended({ session: 'ses-7', exit: 0, durationMs: 1, bytesIn: 0, bytesOut: 0, cut: true })
  appendFileSync(path('ses-2'), 'x')
  rmSync(path('ses-3'))
  store.sessions.expired('ses-4', 'age')
  rmSync(path('ses-4'))

  const states = (await list()).sessions.map(({ session, recording }) => [session, recording])
  expect(Object.fromEntries(states)).toEqual({
    'ses-1': 'kept',
    'ses-2': 'altered',
    'ses-3': 'missing',
    'ses-4': 'expired',
    'ses-5': 'running',
    'ses-6': 'none',
    'ses-7': 'lost',
  })
  for (const [session, recording] of states) expect((await show(session ?? '')).recording).toBe(recording)
  await running.end()
})

it('a session shows that a byte of its recording was changed', async () => {
  const { record, path, list, show } = scene()
  await record('ses-1', 'rm -rf /srv')
  writeFileSync(path('ses-1'), readFileSync(path('ses-1'), 'utf8').replace('/srv', '/tmp'))

  expect((await list()).sessions[0]?.recording).toBe('kept')
  expect((await show('ses-1')).recording).toBe('altered')
})

it('a recording is played in parts that add up to the file', async () => {
  const { record, path, play } = scene()
  await record('ses-1', `${'z'.repeat(500_000)}\n`.repeat(12))
  const first = await play('ses-1')
  const second = await play('ses-1', first.next)

  expect(first.next).toBeGreaterThan(1_000_000)
  expect(second.next).toBeUndefined()
  expect(first.text + second.text).toBe(readFileSync(path('ses-1'), 'utf8'))
  expect(second.session).toMatchObject({ operator: 'ann', recording: 'kept', exit: 0 })
})

it.each([
  ['edited', 'RECORDING_ALTERED', 'its SHA-256 differs'],
  ['taken away', 'RECORDING_ALTERED', 'the master did not remove it'],
  ['too old', 'RECORDING_NONE', 'was removed because it was too old'],
  ['not recorded', 'RECORDING_NONE', 'was not recorded'],
  ['running', 'RECORDING_NONE', 'is still open'],
  ['unknown', 'SESSION_UNKNOWN', 'no session has the id'],
])('playing a recording that is %s is refused', async (what, code, message) => {
  const { store, record, path, play } = scene()
  const id = 'ses-1'
  const facts = { session: id, operator: 'ann', minion: DB1, kind: 'ssh' } as const
  if (what === 'running' || what === 'not recorded') store.sessions.opened({ ...facts, recording: what === 'running' })
  else if (what !== 'unknown') await record(id, 'rm -rf /srv')
  if (what === 'edited') writeFileSync(path(id), readFileSync(path(id), 'utf8').replace('/srv', '/tmp'))
  if (what === 'taken away') rmSync(path(id))
  if (what === 'too old') store.sessions.expired(id, 'age')

  await expect(play(id)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string })
})
