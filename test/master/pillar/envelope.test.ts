import fc from 'fast-check'
import nacl from 'tweetnacl'
import { expect, it } from 'vitest'
import { setSealed } from '../../../master/pillar/edit.ts'
import { openValue, type PillarKeyPair, pillarKeyId, sealValue } from '../../../master/pillar/envelope.ts'
import { parsePillarFile } from '../../../master/pillar/tree.ts'
import { Secret } from '../../../protocol/secret.ts'

function keyOf(byte: number): PillarKeyPair {
  const { publicKey, secretKey } = nacl.box.keyPair.fromSecretKey(new Uint8Array(32).fill(byte))
  return { id: pillarKeyId(publicKey), publicKey, privateKey: secretKey }
}

const KEY = keyOf(1)
const EPHEMERAL = new Uint8Array(32).fill(9)
const PLACE = { fleet: 'fleet-one', path: 'db.password' }

it.each(['', 'simple', 'ümläut\nline', 'x'.repeat(20_000)])(
  'a sealed value opens at the place where it was sealed',
  clear => {
    expect(openValue(sealValue(clear, PLACE, KEY, EPHEMERAL), PLACE, [KEY])).toBe(clear)
  },
)

it.each([
  { fleet: 'fleet-one', path: 'db.other' },
  { fleet: 'fleet-two', path: 'db.password' },
])('a sealed value moved to $fleet $path does not open', place => {
  const sealed = sealValue('canary', PLACE, KEY, EPHEMERAL)
  expect(() => openValue(sealed, place, [KEY])).toThrow('cannot be decrypted: it was moved from another key or edited')
})

it('a sealed value opens at its own path and at no other', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), bytes, (clear, path, other, ephemeral) => {
      fc.pre(path !== other)
      const place = { fleet: 'fleet-one', path }
      const sealed = sealValue(clear, place, KEY, ephemeral)
      expect(openValue(sealed, place, [KEY])).toBe(clear)
      expect(() => openValue(sealed, { ...place, path: other }, [KEY])).toThrow('cannot be decrypted')
    }),
    { numRuns: 30 },
  )
})

it('a sealed value with any one byte changed does not open', () => {
  const [, , base64 = ''] = sealValue('canary', PLACE, KEY, EPHEMERAL).split(':')
  const bytes = Buffer.from(base64, 'base64')
  for (const [at, byte] of bytes.entries()) {
    const edited = Buffer.from(bytes)
    edited[at] = byte ^ 1
    expect(() => openValue(`v1:${KEY.id}:${edited.toString('base64')}`, PLACE, [KEY])).toThrow('cannot be decrypted')
  }
})

it('the error for a value sealed with another key names both keys', () => {
  const other = keyOf(2)
  expect(() => openValue(sealValue('a', PLACE, other, EPHEMERAL), PLACE, [KEY])).toThrow(
    `\`db.password\` was sealed with the pillar key ${other.id}, this master has ${KEY.id}`,
  )
})

it('a sealed value is written into a file next to its comments and read back as a Secret', () => {
  const sealed = sealValue('canary', PLACE, KEY, EPHEMERAL)
  const text = setSealed('# keep me\nport: 3306\n', 'pillar/db.yml', ['db', 'password'], sealed)
  expect(text).toContain('# keep me')
  expect(text).not.toContain('canary')
  const { tree, problems } = parsePillarFile(text, 'pillar/db.yml', { fleet: 'fleet-one', keys: [KEY] })
  expect(problems).toEqual([])
  const db = tree.entries.get('db')
  const password = db?.kind === 'map' ? db.entries.get('password') : undefined
  if (password?.kind !== 'secret') throw new Error('no secret')
  expect(password.secret).toBeInstanceOf(Secret)
  expect(password.secret.path).toBe('db.password')
  expect(password.position).toMatchObject({ file: 'pillar/db.yml', line: 4 })
})

it('a sealed value below a plain value is refused', () => {
  expect(() => setSealed('db: 1\n', 'pillar/db.yml', ['db', 'password'], 'v1:x')).toThrow(
    '`db` in pillar/db.yml is a value, not a map',
  )
})
