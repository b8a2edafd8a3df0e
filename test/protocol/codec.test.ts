import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { decodeFromMinion, decodeHandshake, encodeMessage, packPlain, unpackPlain } from '../../protocol/codec.ts'
import { AppError } from '../../protocol/errors.ts'
import { isMinionId } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { reveal, Secret } from '../../protocol/secret.ts'

function refusal(run: () => unknown): string {
  try {
    return `passed: ${JSON.stringify(run())}`
  } catch (error) {
    return error instanceof AppError ? error.code : `no AppError: ${String(error)}`
  }
}

const foreign = new Packr({ moreTypes: true, structuredClone: true })

it('the codec decodes what it encoded', () => {
  const pong = { type: 'pong', nonce: 5 } as const

  expect(decodeFromMinion(encodeMessage(pong))).toEqual(pong)
})

it.each([
  ['a message that is not in the set', { type: 'shutdown' }],
  ['a name of the prototype', { type: 'toString' }],
  ['a wrong type', { type: 'pong', nonce: 'one' }],
  ['no type', { nonce: 1 }],
  ['a list', [1, 2]],
])('the codec refuses %s', (_name, value) => {
  expect(refusal(() => decodeFromMinion(packPlain(value)))).toBe('MESSAGE_INVALID')
})

it.each([
  ['a date', new Date(0)],
  ['a set', new Set([1])],
  ['a regular expression', /a+/],
  ['an error', new Error('x')],
  ['a large integer', 2n ** 63n],
  ['no number', Number.NaN],
])('the codec refuses %s anywhere in a value', (_name, value) => {
  const bytes = new Uint8Array(foreign.pack({ deep: [value] }))

  expect(refusal(() => unpackPlain(bytes))).toBe('MESSAGE_INVALID')
})

it('the codec refuses values nested too deeply, and no prototype gets through', () => {
  let deep: unknown = 1
  for (let depth = 0; depth < 40; depth++) deep = [deep]
  expect(refusal(() => unpackPlain(packPlain(deep)))).toBe('MESSAGE_INVALID')

  const bytes = new Uint8Array(new Packr({ useRecords: false }).pack(JSON.parse('{"__proto__": {"admin": true}}')))
  expect((unpackPlain(bytes) as { admin?: boolean }).admin).toBeUndefined()
})

it('the codec refuses a frame above the size limit, and does not accept a handshake as a message', () => {
  expect(refusal(() => decodeFromMinion(new Uint8Array(LIMITS.frameBytes + 1)))).toBe('MESSAGE_TOO_LARGE')
  expect(refusal(() => decodeFromMinion(encodeMessage({ type: 'denied' })))).toBe('MESSAGE_INVALID')
  expect(decodeHandshake(encodeMessage({ type: 'denied' }))).toEqual({ type: 'denied' })
})

describe('the check before the decoder', () => {
  const random = (below: number): number => randomBytes(4).readUInt32BE() % below
  const scalars: readonly (() => unknown)[] = [
    () => null,
    () => random(2) === 0,
    () => random(2 ** 16) - 2 ** 15,
    () => (random(2 ** 31) - 2 ** 30) * 2 ** 20,
    () => random(2 ** 31) / 7,
    () => 'é'.repeat(random(40)),
    () => 'a'.repeat(random(400)),
    () => 'b'.repeat(70_000),
    () => new Uint8Array(random(70_000)),
    () => new Uint8Array(random(300)),
  ]
  const value = (depth: number): unknown => {
    if (depth === 0 || random(3) === 0) return (scalars[random(scalars.length)] as () => unknown)()
    const members = Array.from({ length: random(20) }, () => value(depth - 1))
    if (random(2) === 0) return members
    return Object.fromEntries(members.map((member, index) => [`${index}${'k'.repeat(random(40))}`, member]))
  }

  it('the check before decoding accepts every plain value that the encoder writes', () => {
    for (let round = 0; round < 25; round++) {
      const bytes = packPlain(value(2))

      // Compare bytes: `toEqual` takes seconds for large values.
      expect(Buffer.compare(packPlain(unpackPlain(bytes, 1_000_000)), bytes)).toBe(0)
    }
    const many = Array.from({ length: 70_000 }, () => 1)
    const long = packPlain([many, Object.fromEntries(many.entries())])
    expect(Buffer.compare(packPlain(unpackPlain(long, 1_000_000)), long)).toBe(0)
  })

  it('the check before decoding refuses every truncated value and every value with extra bytes', () => {
    for (let round = 0; round < 50; round++) {
      const bytes = packPlain({ v: [1, 'text', new Uint8Array(3), { k: 2 ** 40, l: [0.5, -200, 'x'.repeat(300)] }] })
      const cut = bytes.subarray(0, random(bytes.length))

      expect(refusal(() => unpackPlain(cut))).toBe('MESSAGE_INVALID')
      expect(refusal(() => unpackPlain(new Uint8Array([...bytes, 0])))).toBe('MESSAGE_INVALID')
    }
  })

  it('the check before decoding counts values and levels and refuses keys that are not text', () => {
    expect(unpackPlain(packPlain([1, 2, 3]), 4)).toEqual([1, 2, 3])
    expect(refusal(() => unpackPlain(packPlain([1, 2, 3]), 3))).toBe('MESSAGE_INVALID')
    expect(refusal(() => unpackPlain(new Uint8Array(foreign.pack(new Map([[1, 2]])))))).toBe('MESSAGE_INVALID')
  })
})

it.each(['../x', 'a..b', 'Web1', '-a', 'a-', '.a', 'a/b', 'a\0', 'a\u001b[2J', 'a b', '', 'x'.repeat(64), 'dé1'])(
  '%j is not a valid minion id',
  id => {
    expect(isMinionId(id)).toBe(false)
  },
)

it.each(['a', 'db1', 'web-1.example', '0'.repeat(63)])('%j is a valid minion id', id => {
  expect(isMinionId(id)).toBe(true)
})

describe('a Secret', () => {
  const secret = new Secret('clear value', 'a.b')

  it('a Secret is revealed only by `reveal`', () => {
    expect(reveal(secret)).toBe('clear value')
    expect(inspect({ secret })).not.toContain('clear')
    expect(secret.toString()).toBe('***')
    expect(() => JSON.stringify({ secret })).toThrow(/a\.b/)
    expect(() => `${secret as unknown as string}`).toThrow(/a\.b/)
    expect(Object.keys(secret)).toEqual(['path'])
  })
})

it('a short byte string is copied out of its message, and a long one is not', () => {
  const lengthOf = (size: number): number => {
    const bytes = packPlain({ type: 'x', data: new Uint8Array(size), rest: new Uint8Array(20_000) })
    const { data } = unpackPlain(bytes) as { readonly data: Uint8Array }
    expect(data).toHaveLength(size)
    return data.buffer.byteLength
  }

  expect(lengthOf(1000)).toBe(1000)
  expect(lengthOf(16 * 1024)).toBeGreaterThan(36_000)
})

it('two messages that were packed one after the other keep their content', () => {
  const first = packPlain({ data: new Uint8Array(20_000).fill(1) })
  const second = packPlain({ data: new Uint8Array(20_000).fill(2) })

  expect([first, second].map(bytes => (unpackPlain(bytes) as { readonly data: Uint8Array }).data[19_999])).toEqual([
    1, 2,
  ])
})

it('bytes of a message keep at most four times as much in memory as they are long, and are no Buffer', () => {
  packPlain(new Uint8Array(1024 * 1024))
  const long = packPlain({ data: new Uint8Array(17 * 1024), rest: new Uint8Array(400_000) })
  const { data, rest } = unpackPlain(long) as { readonly data: Uint8Array; readonly rest: Uint8Array }
  const parts = [...[10, 5000, 17 * 1024, 300_000].map(size => packPlain(new Uint8Array(size))), data, rest]

  expect(parts.filter(part => part.buffer.byteLength > 4 * part.length)).toEqual([])
  expect(parts.filter(part => part.constructor !== Uint8Array)).toEqual([])
  expect(rest.buffer).toBe(long.buffer)
})
