import fc from 'fast-check'
import { expect, it } from 'vitest'
import { scrubber } from '../../protocol/hide-secrets.ts'

const SECRET = `p'a"ss\\w/ord+42?`

it.each([
  ['raw', SECRET],
  ['JSON', JSON.stringify({ a: SECRET })],
  ['URL', `https://x/?p=${encodeURIComponent(SECRET)}`],
  ['shell', `'${SECRET.replaceAll("'", String.raw`'\''`)}'`],
])('scrubber masks a secret in its %s form', (_name, text) => {
  const scrubbed = scrubber([SECRET])({ list: [text] })

  expect(scrubbed.list[0]).toContain('***')
  expect(scrubbed.list[0]).not.toContain('ord+42')
})

it('scrubber masks a secret in base64, whatever surrounds it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (before, after) => {
      const text = Buffer.from(`${before}a-long-secret-value${after}`).toString('base64')

      expect(scrubber(['a-long-secret-value'])(text)).toContain('***')
    }),
  )
})

it('scrubber masks each long line of a secret with several lines', () => {
  expect(scrubber(['first line\nsecond line'])('saw second line here')).toBe('saw *** here')
})

it('scrubber leaves other values unchanged, including short ones', () => {
  const value = { text: 'nothing', count: 3, none: null, list: [true] }

  expect(scrubber(['abc', SECRET])(value)).toEqual(value)
  expect(scrubber(['abc'])('abc')).toBe('abc')
})
