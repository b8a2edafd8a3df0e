import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { InboundStream, OutboundStream } from '../../protocol/channel-streams.ts'

const SIZES = { window: 64, piece: 16 }

/** Both ends of one stream, with a wire between them that can be stopped; `sent` records what crossed it. */
function pair(): { from: OutboundStream; to: InboundStream; sent: number[]; ended: () => boolean } {
  const sent: number[] = []
  let ended = false
  const to: InboundStream = new InboundStream(bytes => from.grant(bytes), SIZES)
  const from: OutboundStream = new OutboundStream(
    {
      data: data => {
        sent.push(data.length)
        to.deliver(data)
      },
      eof: () => {
        ended = true
        to.finish()
      },
      room: () => undefined,
    },
    SIZES,
  )
  return { from, to, sent, ended: () => ended }
}

it('a channel stream delivers all data in pieces up to its end', async () => {
  const { from, to, sent } = pair()
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251))

  from.end(bytes)

  expect(await buffer(to)).toEqual(bytes)
  expect(Math.max(...sent)).toBeLessThanOrEqual(SIZES.piece)
})

it('a channel stream stops at a full window and continues when the reader reads', async () => {
  const { from, to, sent, ended } = pair()
  // After one read request, a stream reads slightly ahead.
  from.end(Buffer.alloc(1000))
  await new Promise(resolve => setImmediate(resolve))

  const stopped = sent.reduce((sum, size) => sum + size, 0)
  expect(stopped).toBeLessThanOrEqual(SIZES.window + SIZES.piece)
  expect(ended()).toBe(false)
  expect((await buffer(to)).length).toBe(1000)
})

it('a channel stream refuses data without credit', () => {
  const to = new InboundStream(() => undefined, SIZES)

  expect(() => to.deliver(new Uint8Array(65))).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }))
})

it('a channel stream lets the sender finish when the reader is gone', async () => {
  const { from, to, ended } = pair()
  to.on('error', () => undefined)
  to.destroy()

  await new Promise<void>(resolve => from.end(Buffer.alloc(1000), resolve))

  expect(ended()).toBe(true)
})
