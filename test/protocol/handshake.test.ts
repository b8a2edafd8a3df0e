import nacl from 'tweetnacl'
import { expect, it } from 'vitest'
import {
  certifyMaster,
  checkClientProof,
  checkJoinProof,
  checkServerHello,
  type HandshakeTranscript,
  signClientProof,
  signServerHello,
} from '../../protocol/handshake.ts'
import type { ClientHello, MasterCertificate } from '../../protocol/handshake-messages.ts'
import {
  ed25519PrivateKey,
  keyHash,
  rawPublicKey,
  signFor,
  transcript,
  x25519PrivateKey,
} from '../../protocol/signature.ts'

const seed = (value: number): Uint8Array => new Uint8Array(32).fill(value)
const root = ed25519PrivateKey(seed(1))
const master = ed25519PrivateKey(seed(2))
const token = ed25519PrivateKey(seed(3))
const tokenKey = rawPublicKey(token)
const identity = { id: 'db1' as never, identityKey: ed25519PrivateKey(seed(4)), sealingKey: x25519PrivateKey(seed(5)) }
const facts = {
  fleet: 'fleet-1',
  master: 'master',
  masterKey: rawPublicKey(master),
  notBefore: 1_000,
  notAfter: 9_000,
  epoch: 3,
}
const certificate = certifyMaster(root, facts)
const exporter = seed(9)
const hello: ClientHello = { type: 'client-hello', versions: [1], role: 'minion', nonce: seed(6) }
const seen: HandshakeTranscript = { exporter, hello, answer: { version: 1, nonce: seed(7), certificate } }
const answer = signServerHello(master, seen)
const expected = { rootHash: keyHash(rawPublicKey(root)), lowestEpoch: 3, now: 5_000 }
const proof = signClientProof(identity, seen, 11, { token: 'a'.repeat(16), key: token })

function flip(bytes: Uint8Array): Uint8Array {
  const flipped = new Uint8Array(bytes)
  flipped[0] = (flipped[0] ?? 0) ^ 1
  return flipped
}

/** Returns the same object with one field changed, once for each field. */
function mutants<Whole extends object>(whole: Whole): readonly (readonly [string, Whole])[] {
  return Object.entries(whole)
    .filter(([name]) => name !== 'type')
    .flatMap(([name, value]): (readonly [string, Whole])[] => {
      if (value instanceof Uint8Array) return [[name, { ...whole, [name]: flip(value) }]]
      if (typeof value === 'number') return [[name, { ...whole, [name]: value + 1 }]]
      if (typeof value === 'string') return [[name, { ...whole, [name]: `${value}x` }]]
      if (Array.isArray(value)) return [[name, { ...whole, [name]: [...value, 2] }]]
      return mutants(value as object).map(([inner, it]) => [`${name}.${inner}`, { ...whole, [name]: it }] as const)
    })
}

function untrusted(change: Partial<typeof expected>, to = answer, over = exporter): string {
  try {
    checkServerHello(hello, to, over, { ...expected, ...change })
  } catch (error) {
    expect(error).toMatchObject({ code: 'MASTER_UNTRUSTED' })
    return (error as Error).message
  }
  throw new Error('the master was trusted')
}

function answerWith(more: Partial<MasterCertificate>): typeof answer {
  const other = certifyMaster(root, { ...facts, ...more })
  return signServerHello(master, { ...seen, answer: { ...seen.answer, certificate: other } })
}

it('the proof of a master is valid for its own session', () => {
  expect(() => checkServerHello(hello, answer, exporter, expected)).not.toThrow()
})

it.each(mutants(answer))('the proof of a master with another %s is refused', (_name, mutant) => {
  untrusted({}, mutant)
})

it.each(mutants(hello))('the proof of a master over another %s of the hello is refused', (_name, mutant) => {
  expect(() => checkServerHello(mutant, answer, exporter, expected)).toThrow(/could not be authenticated/)
})

it('the proof of a master over another TLS session is refused, and the error says that something terminates TLS', () => {
  expect(untrusted({}, answer, flip(exporter))).toBe(
    'the master could not be authenticated for this TLS session: a proxy between this host and the master terminates TLS',
  )
})

it('the proof of a master from another root is refused, and the error names that root', () => {
  expect(untrusted({ rootHash: seed(8) })).toMatch(
    /^the master belongs to the fleet root `SHA256:.{43}`, expected another$/,
  )
})

it('the proof of a master outside the validity of its certificate or with an old epoch is refused', () => {
  expect(untrusted({ now: 999 })).toMatch(/the clock of this host says 1970-01-01T00:00:00.999Z/)
  expect(untrusted({ now: 9_001 })).toMatch(/is valid from 1970-01-01T00:00:01.000Z to/)
  expect(untrusted({}, answerWith({ epoch: 2 }))).toMatch(/has epoch 2, this minion has already seen 3/)
})

it('the proof of a master with a key that the root did not certify is refused', () => {
  const self = { ...certificate, masterKey: rawPublicKey(token) }
  const forged = signServerHello(token, { ...seen, answer: { ...seen.answer, certificate: self } })

  expect(untrusted({}, forged)).toBe('the certificate of the master is not signed by the fleet root')
})

it('the proof of a master that chose an unoffered version is refused', () => {
  const other = signServerHello(master, { ...seen, answer: { ...seen.answer, version: 7 } })

  expect(() => checkServerHello(hello, other, exporter, expected)).toThrow(/chose protocol version 7.*offered 1/)
})

it('the proof of a minion is valid for its own session', () => {
  expect(checkClientProof(seen, proof)).toBe(true)
  expect(checkJoinProof(seen, proof, tokenKey)).toBe(true)
})

it.each(mutants(seen))('the proof of a minion over another %s is refused, and its join proof too', (_name, mutant) => {
  expect(checkClientProof(mutant, proof)).toBe(false)
  expect(checkJoinProof(mutant, proof, tokenKey)).toBe(false)
})

it.each(mutants(proof))('the proof of a minion with another %s is refused, or its join proof is', (_name, mutant) => {
  expect(checkClientProof(seen, mutant) && checkJoinProof(seen, mutant, tokenKey)).toBe(false)
})

it('the proof of a minion does not join with another token or without one', () => {
  expect(checkJoinProof(seen, proof, rawPublicKey(root))).toBe(false)
  expect(checkJoinProof(seen, signClientProof(identity, seen, 11), tokenKey)).toBe(false)
})

it('the proof of a minion never contains the secret of the token', () => {
  expect(
    Buffer.from(
      JSON.stringify(proof, (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
      ),
    ).includes(Buffer.from(seed(3)).toString('hex')),
  ).toBe(false)
})

it('a signature matches the Ed25519 of another implementation byte for byte', () => {
  const pair = nacl.sign.keyPair.fromSeed(seed(4))

  expect(rawPublicKey(identity.identityKey)).toEqual(pair.publicKey)
  expect(new Uint8Array(signFor('report', identity.identityKey, ['a', 'b']))).toEqual(
    nacl.sign.detached(transcript('report', ['a', 'b']), pair.secretKey),
  )
})

it('a signature covers its purpose and the boundaries of its fields', () => {
  expect(transcript('report', ['ab', 'c'])).not.toEqual(transcript('report', ['a', 'bc']))
  expect(transcript('report', ['a'])).not.toEqual(transcript('order', ['a']))
  expect(transcript('report', ['a'])).not.toEqual(transcript('report', ['a', '']))
})
