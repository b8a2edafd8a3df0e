import { diffieHellman, generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { rawPublicKey, verifyFor, x25519PublicKey } from '../../protocol/signature.ts'
import { isWeakSealingKey } from '../../protocol/weak-keys.ts'

const P = 2n ** 255n - 19n

/** Encodes a value as 32 bytes, little-endian, optionally with the highest bit set. */
function encode(value: bigint, highest = 0): Uint8Array {
  const bytes = Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()
  bytes[31] = (bytes[31] ?? 0) | (highest << 7)
  return new Uint8Array(bytes)
}

const U8 = 325606250916557431795983626356110631294008115727848805560023387167927233504n
const V8 = 39382357235489614581723060781553021112529911719440698176882885853963445705823n
const WEAK_X25519 = [0n, 1n, U8, V8, P - 1n, P, P + 1n].flatMap(u => [encode(u), encode(u, 1)])

/** The y coordinates of the points of order 8 solve d*y^4 + 2*y^2 - 1 = 0; those of order 1, 2 and 4 are 1, -1 and 0. */
const Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
const WEAK_ED25519 = [0n, 1n, Y8, P - Y8, P - 1n, P, P + 1n].flatMap(y => [encode(y), encode(y, 1)])

const hex = (raw: Uint8Array): string => Buffer.from(raw).toString('hex')

it.each(WEAK_X25519.map(hex))('%s is a weak sealing key, and OpenSSL derives no secret from it', text => {
  const raw = new Uint8Array(Buffer.from(text, 'hex'))
  const { privateKey } = generateKeyPairSync('x25519')

  expect(() => diffieHellman({ privateKey, publicKey: x25519PublicKey(raw) })).toThrow(/deriv|failed/i)
  expect(isWeakSealingKey(raw)).toBe(true)
})

it('none of a thousand fresh sealing keys is weak', () => {
  const fresh = Array.from({ length: 1000 }, () => rawPublicKey(generateKeyPairSync('x25519').publicKey))

  expect(fresh.filter(isWeakSealingKey)).toEqual([])
})

it.each(WEAK_ED25519.map(hex))('%s is an identity key of low order, and no signature by it verifies', text => {
  const raw = new Uint8Array(Buffer.from(text, 'hex'))
  // For such a key, S = 0 with the neutral point, or S = 1 with the base point, is a valid signature of many or all messages.
  const base = new Uint8Array(32).fill(0x66)
  base[0] = 0x58
  const forged = [new Uint8Array([...encode(1n), ...encode(0n)]), new Uint8Array([...base, ...encode(1n)])]
  const messages = Array.from({ length: 64 }, (_, index) => [`message ${index}`])

  expect(messages.filter(fields => forged.some(one => verifyFor('handshake-minion', raw, fields, one)))).toEqual([])
})
