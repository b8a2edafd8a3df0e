import { describe, expect, it } from 'vitest'
import { encodeMessage, packMessage, packPlain, unpackPlain } from '../../protocol/codec.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { MessageSender } from '../../protocol/message-sender.ts'
import type { FromMaster } from '../../protocol/messages.ts'

/** A socket that takes what it is sent only when the test says so. */
function slowSocket() {
  const waiting: { readonly bytes: Uint8Array; readonly done: (error?: Error) => void }[] = []
  return {
    waiting,
    send: (bytes: Uint8Array, done: (error?: Error) => void) => void waiting.push({ bytes, done }),
    takeAll: (error?: Error) => {
      for (const { done } of waiting.splice(0)) done(error)
    },
  }
}

function dataOf(fill: number, length: number = LIMITS.chunkBytes): Extract<FromMaster, { type: 'channel-data' }> {
  return { type: 'channel-data', channel: 7, stream: 'in', data: new Uint8Array(length).fill(fill) }
}

describe('packMessage', () => {
  it.each([0, 1, 1023, 1024, 65_535, 65_536, 100_000])(
    'packMessage is decoded like packPlain with %d bytes',
    length => {
      const message = { type: 'x', size: length, absent: undefined, data: new Uint8Array(length).fill(3), more: ['a'] }

      expect(unpackPlain(packMessage(message))).toEqual(unpackPlain(packPlain(message)))
    },
  )

  it('packMessage encodes a message whose member data is text, or which has none, like packPlain', () => {
    for (const message of [{ type: 'x', data: 'y'.repeat(2000) }, { type: 'x' }]) {
      expect(packMessage(message)).toEqual(packPlain(message))
    }
  })

  it('packMessage writes into the first bytes of a longer buffer', () => {
    const buffer = new Uint8Array(70_000).fill(255)
    const bytes = packMessage(dataOf(5), () => buffer)

    expect(bytes.buffer).toBe(buffer.buffer)
    expect(unpackPlain(bytes)).toEqual(dataOf(5))
  })
})

it.each([100, 200, 400])(
  'a sender of %d long messages allocates as many buffers as the socket had waiting at once',
  count => {
    const socket = slowSocket()
    const sender = new MessageSender<FromMaster>(socket, encodeMessage)
    const buffers = new Set<ArrayBufferLike>()
    for (let sent = 0; sent < count; sent++) {
      sender.send(dataOf(sent % 251))
      const last = socket.waiting.at(-1)
      if (last !== undefined) buffers.add(last.bytes.buffer)
      if (sent % 5 === 4) socket.takeAll()
    }

    expect(buffers.size).toBe(5)
  },
)

it('a sender does not change bytes that the socket has not taken yet', () => {
  const socket = slowSocket()
  const sender = new MessageSender<FromMaster>(socket, encodeMessage)
  for (let fill = 0; fill < 100; fill++) sender.send(dataOf(fill))

  expect(socket.waiting.map(({ bytes }) => unpackPlain(bytes))).toEqual(
    Array.from({ length: 100 }, (_, fill) => dataOf(fill)),
  )
})

it('a sender does not use a buffer again after the socket failed', () => {
  const socket = slowSocket()
  const sender = new MessageSender<FromMaster>(socket, encodeMessage)
  sender.send(dataOf(1))
  const failed = socket.waiting[0]?.bytes.buffer
  socket.takeAll(new Error('closed'))
  sender.send(dataOf(2))

  expect(socket.waiting[0]?.bytes.buffer).not.toBe(failed)
})

it('a sender frees buffers that were not needed between two trims, and keeps those that were', () => {
  const socket = slowSocket()
  const sender = new MessageSender<FromMaster>(socket, encodeMessage)
  const used = (): Set<ArrayBufferLike> => new Set(socket.waiting.map(({ bytes }) => bytes.buffer))
  for (let sent = 0; sent < 10; sent++) sender.send(dataOf(1))
  const first = used()
  socket.takeAll()
  sender.trim()
  for (let sent = 0; sent < 4; sent++) sender.send(dataOf(1))
  socket.takeAll()
  sender.trim()
  for (let sent = 0; sent < 10; sent++) sender.send(dataOf(1))

  expect([...used()].filter(buffer => first.has(buffer))).toHaveLength(4)
})

it('a sender keeps only a limited number of buffers after a burst', () => {
  const socket = slowSocket()
  const sender = new MessageSender<FromMaster>(socket, encodeMessage)
  for (let sent = 0; sent < 500; sent++) sender.send(dataOf(1))
  const first = new Set(socket.waiting.map(({ bytes }) => bytes.buffer))
  socket.takeAll()
  for (let sent = 0; sent < 500; sent++) sender.send(dataOf(1))

  expect(socket.waiting.filter(({ bytes }) => first.has(bytes.buffer))).toHaveLength(32)
})

it('a sender calls onSent for short and long messages, with and without an error', () => {
  const socket = slowSocket()
  const sender = new MessageSender<FromMaster>(socket, encodeMessage)
  const sent: string[] = []
  sender.send({ type: 'ping', nonce: 1 }, () => sent.push('short'))
  sender.send(dataOf(1), () => sent.push('long'))
  socket.takeAll(new Error('closed'))

  expect(sent).toEqual(['short', 'long'])
})

it('a sender refuses a message above the limit of a frame and sends nothing', () => {
  const socket = slowSocket()
  const sender = new MessageSender<FromMaster>(socket, encodeMessage)

  expect(() => sender.send(dataOf(1, LIMITS.frameBytes))).toThrow('a message is at most')
  expect(socket.waiting).toHaveLength(0)
})
