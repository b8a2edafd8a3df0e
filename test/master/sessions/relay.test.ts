import { expect, it, vi } from 'vitest'
import { Relay } from '../../../master/sessions/relay.ts'
import type { ChannelFromMinion, ChannelToMinion } from '../../../protocol/channel.ts'
import { LIMITS } from '../../../protocol/limits.ts'

function stage(patienceMs = 60_000, window: number = LIMITS.channelWindowBytes) {
  const seen: ChannelFromMinion[] = []
  const ordered: ChannelToMinion[] = []
  const shown: number[] = []
  const relay = new Relay({
    minion: 'm1' as never,
    window,
    near: 1,
    far: 9,
    toOperator: message => void seen.push(message),
    toMinion: message => void ordered.push(message),
    witness: { output: bytes => void shown.push(bytes.length), resize: ({ columns }) => void shown.push(-columns) },
    patienceMs,
  })
  return { relay, seen, ordered, shown }
}

const out = (size: number): ChannelFromMinion => ({
  type: 'channel-data',
  channel: 9,
  stream: 'out',
  data: new Uint8Array(size),
})
const typed = (size: number): ChannelToMinion => ({
  type: 'channel-data',
  channel: 1,
  stream: 'in',
  data: new Uint8Array(size),
})

it('the relay maps channel numbers between both sides and counts bytes', async () => {
  const { relay, seen, ordered, shown } = stage()
  relay.fromMinion({ type: 'channel-opened', channel: 9 })
  relay.fromOperator({ type: 'channel-resize', channel: 1, columns: 90, rows: 20 })
  relay.fromOperator(typed(5))
  relay.fromMinion(out(7))
  relay.fromMinion({ type: 'channel-ended', channel: 9, end: { exit: 3 } })

  expect(seen.map(({ type, channel }) => `${type} ${channel}`)).toEqual([
    'channel-opened 1',
    'channel-data 1',
    'channel-ended 1',
  ])
  expect(ordered.map(({ type, channel }) => `${type} ${channel}`)).toEqual(['channel-resize 9', 'channel-data 9'])
  expect(shown).toEqual([-90, 7])
  expect(await relay.ended).toEqual({ end: { exit: 3 }, bytesIn: 5, bytesOut: 7 })
})

it('the relay keeps operator input until the minion is ready', () => {
  const { relay, ordered } = stage()

  relay.fromOperator(typed(5))
  expect(ordered).toEqual([])
  relay.fromMinion({ type: 'channel-opened', channel: 9 })

  expect(ordered).toMatchObject([{ type: 'channel-data', channel: 9 }])
})

it.each([
  ['a minion that sends without credit', fill],
  ['an operator who sends without credit', flood],
  [
    'credit for bytes that were never sent',
    (relay: Relay) => relay.fromMinion({ type: 'channel-credit', channel: 9, stream: 'in', bytes: 1 }),
  ],
  ['pieces without bytes, which no credit holds back', (relay: Relay) => relay.fromMinion(out(0))],
  ['a channel that is opened again', (relay: Relay) => relay.fromMinion({ type: 'channel-opened', channel: 9 })],
  ['an output that ends again', (relay: Relay) => twice(() => relay.fromMinion(eof))],
  [
    'an output that goes on after its end',
    (relay: Relay) => {
      relay.fromMinion(eof)
      relay.fromMinion(out(1))
    },
  ],
  [
    'an input that ends again',
    (relay: Relay) => twice(() => relay.fromOperator({ type: 'channel-eof', channel: 1, stream: 'in' })),
  ],
])('the relay ends the session on %s', async (_, act) => {
  const { relay, ordered } = stage()
  relay.fromMinion({ type: 'channel-opened', channel: 9 })

  act(relay)

  expect(ordered.at(-1)).toEqual({ type: 'channel-close', channel: 9 })
  relay.fromMinion({ type: 'channel-ended', channel: 9, end: { exit: 0 } })
  expect((await relay.ended).end).toMatchObject({ problem: { code: 'MESSAGE_INVALID' } })
})

it('a relay tells the minion when the operator disconnected, and waits for its last word, but not for ever', async () => {
  vi.useFakeTimers()
  try {
    const { relay, seen, ordered } = stage(1000)
    relay.fromMinion({ type: 'channel-opened', channel: 9 })

    relay.fromOperator({ type: 'channel-close', channel: 1 })
    relay.fromMinion(out(7))

    expect(ordered).toEqual([{ type: 'channel-close', channel: 9 }])
    expect(seen).toHaveLength(1)
    vi.advanceTimersByTime(1000)
    expect((await relay.ended).end).toMatchObject({ problem: { code: 'SESSION_LOST' } })
  } finally {
    vi.useRealTimers()
  }
})

it('the relay ends when the minion does not answer the order or its link is lost', async () => {
  vi.useFakeTimers()
  try {
    const silent = stage(1000)
    const lost = stage()
    vi.advanceTimersByTime(1000)
    lost.relay.lost()
    vi.advanceTimersByTime(1000)

    expect((await silent.relay.ended).end).toMatchObject({
      problem: { code: 'SESSION_LOST', message: '`m1` did not respond to the request for a session' },
    })
    expect((await lost.relay.ended).end).toMatchObject({
      problem: { code: 'SESSION_LOST', message: 'the connection to `m1` was lost' },
    })
  } finally {
    vi.useRealTimers()
  }
})

it('a relay passes one wide window of a minion on, and closes a session whose minion sends one byte more', () => {
  const { relay, seen, ordered } = stage(60_000, LIMITS.wideWindowBytes)
  relay.fromMinion({ type: 'channel-opened', channel: 9 })
  for (let sent = 0; sent < LIMITS.wideWindowBytes; sent += 32 * 1024) relay.fromMinion(out(32 * 1024))

  expect(seen.filter(({ type }) => type === 'channel-data')).toHaveLength(LIMITS.wideWindowBytes / 32 / 1024)
  expect(ordered).toEqual([])
  relay.fromMinion(out(1))
  expect(ordered).toEqual([{ type: 'channel-close', channel: 9 }])
})

const eof: ChannelFromMinion = { type: 'channel-eof', channel: 9, stream: 'out' }

function twice(act: () => void): void {
  act()
  act()
}

function fill(relay: Relay): void {
  for (let sent = 0; sent <= LIMITS.channelWindowBytes; sent += LIMITS.chunkBytes)
    relay.fromMinion(out(LIMITS.chunkBytes))
}

function flood(relay: Relay): void {
  for (let sent = 0; sent <= LIMITS.channelWindowBytes; sent += LIMITS.chunkBytes) {
    relay.fromOperator(typed(LIMITS.chunkBytes))
  }
}
