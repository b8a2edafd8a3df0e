import { describe, expect, it } from 'vitest'
import type { Sha256 } from '../../../protocol/ids.ts'
import { openFixture } from './fixture.ts'
import { DB1, DB2 } from './rows.ts'

const RECORDED = { recordingSha256: 'a'.repeat(64) as Sha256, recordingBytes: 700, cut: false }
const TRAFFIC = { durationMs: 1500, bytesIn: 3, bytesOut: 4000 }

describe('the sessions in the store', () => {
  it('tell who was where and how it ended, the newest first', () => {
    const fixture = openFixture()
    const { terminals } = fixture.store
    terminals.opened({ session: 'ses-1', operator: 'ann', minion: DB1, kind: 'ssh', user: 'root', recording: true })
    fixture.pass(1000)
    terminals.opened({
      session: 'ses-2',
      operator: 'bob',
      minion: DB2,
      kind: 'forward',
      target: '3306',
      recording: false,
    })
    terminals.ended({ session: 'ses-1', exit: 3, ...TRAFFIC, ...RECORDED })

    const [second, first] = terminals.list(10)

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
    expect(terminals.open().map(({ id }) => id)).toEqual(['ses-2'])
    expect(second === undefined ? [] : terminals.list(10, second).map(({ id }) => id)).toEqual(['ses-1'])
  })

  it('end once: who ends one again changes nothing', () => {
    const { store } = openFixture()
    store.terminals.opened({ session: 'ses-1', operator: 'ann', minion: DB1, kind: 'ssh', recording: true })
    store.terminals.ended({ session: 'ses-1', exit: 0, ...TRAFFIC })
    const seq = store.log.lastSeq()
    store.terminals.ended({ session: 'ses-1', signal: 'SIGKILL', ...TRAFFIC })
    store.terminals.ended({ session: 'ses-7', exit: 0, ...TRAFFIC })

    expect(store.log.lastSeq()).toBe(seq)
    expect(store.terminals.get('ses-1')).toMatchObject({ exit: 0 })
    expect(store.terminals.get('ses-1')?.signal).toBeUndefined()
  })

  it('have a recording until it expires', () => {
    const { store } = openFixture()
    const opened = { operator: 'ann', minion: DB1, kind: 'ssh' } as const
    store.terminals.opened({ session: 'ses-1', ...opened, recording: true })
    store.terminals.opened({ session: 'ses-2', ...opened, recording: true })
    store.terminals.opened({ session: 'ses-3', ...opened, recording: false })
    for (const session of ['ses-1', 'ses-3']) store.terminals.ended({ session, exit: 0, ...TRAFFIC })

    expect(store.terminals.recorded().map(({ id }) => id)).toEqual(['ses-1'])
    store.terminals.expired('ses-1', 'age')

    expect(store.terminals.recorded()).toEqual([])
    expect(store.terminals.get('ses-1')).toMatchObject({ recording: true, expired: 'age' })
  })

  it('keep a long problem short enough for the log', () => {
    const { store } = openFixture()
    store.terminals.opened({ session: 'ses-1', operator: 'ann', minion: DB1, kind: 'run', recording: false })
    store.terminals.ended({ session: 'ses-1', problem: { code: 'INTERNAL', message: 'x'.repeat(9000) }, ...TRAFFIC })

    expect(store.terminals.get('ses-1')?.problem?.message.length).toBeLessThan(2000)
  })
})
