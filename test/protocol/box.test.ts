import { generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import nacl from 'tweetnacl'
import { expect, it } from 'vitest'
import { openBox, sealBox } from '../../protocol/box.ts'
import { sha256Of } from '../../protocol/catalog.ts'
import { ed25519PrivateKey, rawPublicKey, signFor, transcript, x25519PrivateKey } from '../../protocol/signature.ts'

const secret = randomBytes(32)
const sealing = x25519PrivateKey(secret)
const BINDING = { catalog: sha256Of('catalog'), minionKey: new Uint8Array(32).fill(1) }
const VALUES = ['first', 'zweites \u{1F511}', '']

function seal(): Uint8Array {
  return sealBox(VALUES, rawPublicKey(sealing), BINDING, generateKeyPairSync('x25519').privateKey)
}

it('a sealed box opens with the sealing key for its catalog and minion', () => {
  expect(openBox(seal(), sealing, BINDING)).toEqual(VALUES)
})

it('a sealed box reveals none of its values', () => {
  expect(Buffer.from(seal()).includes('first')).toBe(false)
})

it('a sealed box does not open for another catalog, minion or key', () => {
  const box = seal()

  expect(() => openBox(box, sealing, { ...BINDING, catalog: sha256Of('other') })).toThrow(/cannot be decrypted/)
  expect(() => openBox(box, sealing, { ...BINDING, minionKey: new Uint8Array(32) })).toThrow(/cannot be decrypted/)
  expect(() => openBox(box, x25519PrivateKey(randomBytes(32)), BINDING)).toThrow(/cannot be decrypted/)
})

it('a sealed box with any bit flipped does not open', () => {
  const box = seal()
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const bytes = new Uint8Array(box)
      const index = at % bytes.length
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)

      // X25519 ignores the highest bit of a key (RFC 7748), but the key derivation still binds it.
      expect(() => openBox(bytes, sealing, BINDING)).toThrow(/cannot be decrypted/)
    }),
  )
})

it('keys and signatures match those of an independent implementation', () => {
  const pair = nacl.sign.keyPair.fromSeed(new Uint8Array(secret))
  const key = ed25519PrivateKey(secret)
  const message = transcript('order', ['a', new Uint8Array([1, 2])])

  expect(rawPublicKey(key)).toEqual(pair.publicKey)
  const signature = new Uint8Array(signFor('order', key, ['a', new Uint8Array([1, 2])]))
  expect(nacl.sign.detached.verify(new Uint8Array(message), signature, pair.publicKey)).toBe(true)
  expect(rawPublicKey(sealing)).toEqual(nacl.box.keyPair.fromSecretKey(new Uint8Array(secret)).publicKey)
})
