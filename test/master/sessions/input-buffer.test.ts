import { expect, it } from 'vitest'
import { createInputBuffer } from '../../../master/sessions/input-buffer.ts'
import { Relay } from '../../../master/sessions/relay.ts'
import type { ChannelToMinion } from '../../../protocol/channel.ts'
import { LIMITS } from '../../../protocol/limits.ts'

const typed = (channel: number, text: string): ChannelToMinion => ({
  type: 'channel-data',
  channel,
  stream: 'in',
  data: new TextEncoder().encode(text),
})

function relayTo(told: string[]): Relay {
  const relay = new Relay({
    minion: 'm1' as never,
    window: LIMITS.channelWindowBytes,
    near: 0,
    far: 7,
    toOperator: () => undefined,
    toMinion: message =>
      void told.push(message.type === 'channel-data' ? Buffer.from(message.data).toString() : message.type),
    patienceMs: 60_000,
  })
  relay.fromMinion({ type: 'channel-opened', channel: 7 })
  return relay
}

it('input typed before a session is relayed arrives in order and before later input', () => {
  const words = createInputBuffer([0, 1].map(channel => ({ channel, window: LIMITS.channelWindowBytes })))
  const told: string[] = []
  words.hear(typed(0, 'a'))
  words.hear({ type: 'channel-resize', channel: 0, columns: 90, rows: 20 })
  words.hear(typed(1, 'for another'))
  words.hear(typed(9, 'for nobody'))

  const relay = relayTo(told)
  words.handTo(0, relay)
  words.hear(typed(0, 'b'))
  relay.fail({ code: 'SESSION_LOST', message: 'over' })

  expect(told).toEqual(['a', 'channel-resize', 'b'])
})

it('input typed before a session is relayed is limited in size', () => {
  const words = createInputBuffer([{ channel: 0, window: LIMITS.channelWindowBytes }])
  const piece = typed(0, 'x'.repeat(LIMITS.chunkBytes))
  const many = (message: ChannelToMinion, count: number) => (): void => {
    for (let said = 0; said < count; said++) words.hear(message)
  }

  expect(many(piece, 6)).toThrow('were granted')
  expect(many({ type: 'channel-resize', channel: 0, columns: 90, rows: 20 }, 1001)).toThrow('too much too early')
})
