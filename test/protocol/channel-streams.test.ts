import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { InboundStream, OutboundStream } from '../../protocol/channel-streams.ts'

/** Sends this many bytes over a wire on which everything takes a turn; returns the turns until all was read. */
async function turnsFor(bytes: number, window: number): Promise<number> {
  const sizes = { window, piece: 16 }
  let crossing: (() => void)[] = []
  const to: InboundStream = new InboundStream(granted => void crossing.push(() => from.grant(granted)), sizes)
  const from: OutboundStream = new OutboundStream(
    {
      data: data => void crossing.push(() => to.deliver(data)),
      eof: () => void crossing.push(() => to.finish()),
      room: () => undefined,
    },
    sizes,
  )
  let isRead = false
  const all = buffer(to).then(read => {
    isRead = true
    return read
  })
  from.end(Buffer.alloc(bytes))
  let turns = 0
  for (; !isRead; turns++) {
    const arriving = crossing
    crossing = []
    for (const arrive of arriving) arrive()
    await setImmediate()
  }
  expect((await all).length).toBe(bytes)
  return turns
}

it('the turns of a channel stream grow with its bytes, and a window four times as large needs a quarter', async () => {
  const [one, two, four] = [await turnsFor(4096, 64), await turnsFor(8192, 64), await turnsFor(16_384, 64)]

  expect(two / one).toBeLessThan(2.1)
  expect(four / one).toBeLessThan(4.2)
  expect((await turnsFor(16_384, 256)) / four).toBeLessThan(0.3)
})

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
  await setImmediate()

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
