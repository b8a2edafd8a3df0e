import { expect, it } from 'vitest'
import { WIDE_SESSIONS, type WindowFacts, windowOf } from '../../../master/sessions/stream-window.ts'
import { LIMITS } from '../../../protocol/limits.ts'

const BOTH_NEW: WindowFacts = {
  operator: LIMITS.largestWindowBytes,
  minion: LIMITS.largestWindowBytes,
  sessions: 1,
  ofMinion: 0,
}

it('a session of a minion and an operator that both know larger windows gets a wide window', () => {
  expect(windowOf(BOTH_NEW)).toBe(LIMITS.wideWindowBytes)
  expect(windowOf({ ...BOTH_NEW, minion: 500_000 })).toBe(500_000)
})

it.each([
  ['an older minion', { minion: LIMITS.channelWindowBytes }],
  ['an older command line', { operator: LIMITS.channelWindowBytes }],
  ['a stream of many sessions', { sessions: WIDE_SESSIONS + 1 }],
  ['a minion with many sessions', { ofMinion: WIDE_SESSIONS }],
  ['a minion that announces less than every minion takes', { minion: 1 }],
])('a session gets the smallest window with %s', (_name, facts) => {
  expect(windowOf({ ...BOTH_NEW, ...facts })).toBe(LIMITS.channelWindowBytes)
})

it('the input of all sessions of a minion fits into what may wait for it, and so do its blobs', () => {
  const wide = WIDE_SESSIONS * LIMITS.wideWindowBytes
  const others = (LIMITS.openChannels - WIDE_SESSIONS) * LIMITS.channelWindowBytes

  expect(wide + others + LIMITS.blobBytesOnTheWay).toBeLessThan(LIMITS.unreadBytes)
})
