import { Packr } from 'msgpackr'
import { expect, it } from 'vitest'
import { decodeFromMaster, decodeFromMinion, decodeHandshake, encodeMessage } from '../../protocol/codec.ts'
import { HANDSHAKE } from '../../protocol/handshake-messages.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { FROM_MASTER, FROM_MINION } from '../../protocol/messages.ts'
import { EVERY_FROM_MASTER, EVERY_FROM_MINION } from './every-message.ts'

const refused = expect.objectContaining({ code: 'MESSAGE_INVALID' })

it.each(Object.values(EVERY_FROM_MINION))('the message $type of a minion is decoded as it was sent', message => {
  expect(decodeFromMinion(encodeMessage(message))).toEqual(message)
})

it.each(Object.values(EVERY_FROM_MASTER))('the message $type of a master is decoded as it was sent', message => {
  expect(decodeFromMaster(encodeMessage(message))).toEqual(message)
})

it('messages are refused from the wrong role and at the wrong stage', () => {
  const words = [...Object.values(EVERY_FROM_MINION), ...Object.values(EVERY_FROM_MASTER), { type: 'denied' } as const]

  for (const word of words) {
    const frame = encodeMessage(word)
    if (!Object.hasOwn(FROM_MINION, word.type)) expect(() => decodeFromMinion(frame), word.type).toThrow(refused)
    if (!Object.hasOwn(FROM_MASTER, word.type)) expect(() => decodeFromMaster(frame), word.type).toThrow(refused)
    if (!Object.hasOwn(HANDSHAKE, word.type)) expect(() => decodeHandshake(frame), word.type).toThrow(refused)
  }
})

it('a message with a `__proto__` member loses it without effect', () => {
  const members = new Map<string, unknown>([
    ['type', 'pong'],
    ['nonce', 1],
    ['__proto__', { polluted: true }],
  ])

  const message = decodeFromMinion(new Packr({ useRecords: false }).pack(members))

  expect(message).toEqual({ type: 'pong', nonce: 1 })
  expect(Object.getPrototypeOf(message)).toBe(Object.prototype)
  expect('polluted' in message).toBe(false)
})

it('a message of 60,000 nested lists is refused', () => {
  const frame = Buffer.concat([Buffer.alloc(60_000, 0x91), Buffer.from([0xc0])])

  expect(() => decodeFromMinion(frame)).toThrow(refused)
})

it('messages that are garbage or announce four billion items are refused', () => {
  expect(() => decodeFromMinion(Buffer.from('GET / HTTP/1.1'))).toThrow(refused)
  expect(() => decodeFromMinion(Buffer.from('ddffffffff', 'hex'))).toThrow(refused)
})

it('messages above the size limit are refused with the limit, also before they are sent', () => {
  const words = `a message is at most ${LIMITS.frameBytes} bytes`

  expect(() => decodeFromMinion(new Uint8Array(LIMITS.frameBytes + 1))).toThrow(words)
  expect(() => encodeMessage({ ...EVERY_FROM_MASTER['blob-chunk'], data: new Uint8Array(LIMITS.frameBytes) })).toThrow(
    words,
  )
})
