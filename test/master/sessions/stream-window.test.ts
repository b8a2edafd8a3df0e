import { expect, it } from 'vitest'
import { WIDE_SESSIONS, type WindowFacts, windowOf } from '../../../master/sessions/stream-window.ts'
import { LIMITS } from '../../../protocol/limits.ts'

const BOTH_NEW: WindowFacts = {
  operator: LIMITS.largestWindowBytes,
  minion: LIMITS.largestWindowBytes,
  roundTripMs: 0.3,
  sessions: 1,
  ofMinion: 0,
}

it('a session of a minion and an operator that both know larger windows gets a wide window', () => {
  expect(windowOf(BOTH_NEW)).toBe(LIMITS.wideWindowBytes)
  expect(windowOf({ ...BOTH_NEW, roundTripMs: undefined })).toBe(LIMITS.wideWindowBytes)
  expect(windowOf({ ...BOTH_NEW, minion: 500_000 })).toBe(500_000)
})

it('the window of a session grows with the round trip, up to the largest one', () => {
  expect(windowOf({ ...BOTH_NEW, roundTripMs: 10 })).toBe(10 * 128 * 1024)
  expect(windowOf({ ...BOTH_NEW, roundTripMs: 20 })).toBe(20 * 128 * 1024)
  expect(windowOf({ ...BOTH_NEW, roundTripMs: 1e9 })).toBe(LIMITS.largestWindowBytes)
})

it.each([
  ['an older minion', { minion: LIMITS.channelWindowBytes }],
  ['an older command line', { operator: LIMITS.channelWindowBytes }],
  ['a stream of many sessions', { sessions: WIDE_SESSIONS + 1 }],
  ['a minion with many sessions', { ofMinion: WIDE_SESSIONS }],
  ['a minion that announces less than every minion takes', { minion: 1 }],
])('a session gets the smallest window with %s, however long the round trip is', (_name, facts) => {
  expect(windowOf({ ...BOTH_NEW, roundTripMs: 1000, ...facts })).toBe(LIMITS.channelWindowBytes)
})

it('all sessions of one stream together have at most the largest window while they are wide', () => {
  for (let sessions = 1; sessions <= WIDE_SESSIONS; sessions++) {
    expect(sessions * windowOf({ ...BOTH_NEW, roundTripMs: 1000, sessions })).toBeLessThanOrEqual(
      LIMITS.largestWindowBytes,
    )
  }
})

it('the input of all sessions of a minion fits into what may wait for it, and so do its blobs', () => {
  let input = 0
  for (let ofMinion = 0; ofMinion < LIMITS.openChannels; ofMinion++) {
    input += windowOf({ ...BOTH_NEW, roundTripMs: 1000, ofMinion })
  }

  expect(input + LIMITS.blobBytesOnTheWay).toBeLessThan(LIMITS.unreadBytes)
})
