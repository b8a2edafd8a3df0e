import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPendingSessionEnds } from '../../../master/sessions/pending-session-ends.ts'
import { openStore, type Store } from '../../../master/store/open.ts'
import { AppError } from '../../../protocol/errors.ts'
import { minionId } from '../../../protocol/ids.ts'
import { temporaryDirectory } from '../store/fixture.ts'

let store: Store
let full: boolean
let warned: string[]

beforeEach(() => {
  vi.useFakeTimers()
  store = openStore(temporaryDirectory(), { now: Date.now })
  full = true
  warned = []
})
afterEach(() => {
  store.close()
  vi.useRealTimers()
})

function owing() {
  const ended: Store['sessions']['ended'] = facts => {
    if (full) throw new AppError({ code: 'STORE_FULL', message: 'no room' })
    store.sessions.ended(facts)
  }
  return createPendingSessionEnds({
    store: { ...store, sessions: { ...store.sessions, ended } },
    warn: message => void warned.push(message),
  })
}

function begin(session: string) {
  const minion = minionId('m1')
  store.sessions.opened({ session, operator: 'anna', minion, kind: 'run', recording: false })
  return { session, exit: 0, durationMs: 1, bytesIn: 0, bytesOut: 0 }
}

const openSessions = (): readonly string[] => store.sessions.open().map(({ id }) => id)

it('the end of a session is recorded once the disk has room again', () => {
  const ends = owing()
  ends.tell(begin('ses-a'))
  ends.tell(begin('ses-b'))
  vi.advanceTimersByTime(30_000)
  expect(openSessions()).toEqual(['ses-a', 'ses-b'])
  expect(warned).toHaveLength(2)

  full = false
  vi.advanceTimersByTime(10_000)
  expect(openSessions()).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

it('the end of a session is recorded at the latest when the master stops, and no timer remains', () => {
  const ends = owing()
  ends.tell(begin('ses-a'))
  full = false
  ends.settle()

  expect(openSessions()).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
