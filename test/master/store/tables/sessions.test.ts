import { expect, it } from 'vitest'
import type { Sha256 } from '../../../../protocol/ids.ts'
import { openFixture } from '../fixture.ts'
import { DB1, DB2 } from '../rows.ts'

const RECORDED = { recordingSha256: 'a'.repeat(64) as Sha256, recordingBytes: 700, cut: false }
const TRAFFIC = { durationMs: 1500, bytesIn: 3, bytesOut: 4000 }

it('sessions are stored with operator, minion and outcome and are listed newest first', () => {
  const fixture = openFixture()
  const { sessions } = fixture.store
  sessions.opened({ session: 'ses-1', operator: 'ann', minion: DB1, kind: 'ssh', user: 'root', recording: true })
  fixture.pass(1000)
  sessions.opened({
    session: 'ses-2',
    operator: 'bob',
    minion: DB2,
    kind: 'forward',
    target: '3306',
    recording: false,
  })
  sessions.ended({ session: 'ses-1', exit: 3, ...TRAFFIC, ...RECORDED })

  const [second, first] = sessions.list(10)

  expect(first).toMatchObject({
    id: 'ses-1',
    operator: 'ann',
    minion: DB1,
    user: 'root',
    exit: 3,
    ...TRAFFIC,
    ...RECORDED,
  })
  expect(second).toEqual({
    id: 'ses-2',
    operator: 'bob',
    minion: DB2,
    kind: 'forward',
    target: '3306',
    openedAt: '2026-11-21T10:00:01.000Z',
    recording: false,
    cut: false,
  })
  expect(sessions.open().map(({ id }) => id)).toEqual(['ses-2'])
  expect(second === undefined ? [] : sessions.list(10, second).map(({ id }) => id)).toEqual(['ses-1'])
})

it('ending a session a second time changes nothing', () => {
  const { store } = openFixture()
  store.sessions.opened({ session: 'ses-1', operator: 'ann', minion: DB1, kind: 'ssh', recording: true })
  store.sessions.ended({ session: 'ses-1', exit: 0, ...TRAFFIC })
  const seq = store.log.lastSeq()
  store.sessions.ended({ session: 'ses-1', signal: 'SIGKILL', ...TRAFFIC })
  store.sessions.ended({ session: 'ses-7', exit: 0, ...TRAFFIC })

  expect(store.log.lastSeq()).toBe(seq)
  expect(store.sessions.get('ses-1')).toMatchObject({ exit: 0 })
  expect(store.sessions.get('ses-1')?.signal).toBeUndefined()
})

it('a session has a recording until it expires', () => {
  const { store } = openFixture()
  const opened = { operator: 'ann', minion: DB1, kind: 'ssh' } as const
  store.sessions.opened({ session: 'ses-1', ...opened, recording: true })
  store.sessions.opened({ session: 'ses-2', ...opened, recording: true })
  store.sessions.opened({ session: 'ses-3', ...opened, recording: false })
  for (const session of ['ses-1', 'ses-3']) store.sessions.ended({ session, exit: 0, ...TRAFFIC })

  expect(store.sessions.recorded().map(({ id }) => id)).toEqual(['ses-1'])
  store.sessions.expired('ses-1', 'age')

  expect(store.sessions.recorded()).toEqual([])
  expect(store.sessions.get('ses-1')).toMatchObject({ recording: true, expired: 'age' })
})

it('a long problem of a session is truncated to fit in the log', () => {
  const { store } = openFixture()
  store.sessions.opened({ session: 'ses-1', operator: 'ann', minion: DB1, kind: 'run', recording: false })
  store.sessions.ended({ session: 'ses-1', problem: { code: 'INTERNAL', message: 'x'.repeat(9000) }, ...TRAFFIC })

  expect(store.sessions.get('ses-1')?.problem?.message.length).toBeLessThan(2000)
})
