import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scrubber } from '../../protocol/hide-secrets.ts'

const SECRET = `p'a"ss\\w/ord+42?`

describe('scrubber', () => {
  it.each([
    ['raw', SECRET],
    ['JSON', JSON.stringify({ a: SECRET })],
    ['URL', `https://x/?p=${encodeURIComponent(SECRET)}`],
    ['shell', `'${SECRET.replaceAll("'", String.raw`'\''`)}'`],
  ])('hides a secret in its %s form', (_name, text) => {
    const scrubbed = scrubber([SECRET])({ list: [text] })

    expect(scrubbed.list[0]).toContain('***')
    expect(scrubbed.list[0]).not.toContain('ord+42')
  })

  it('hides a secret in base64, whatever stands before and after it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (before, after) => {
        const text = Buffer.from(`${before}a-long-secret-value${after}`).toString('base64')

        expect(scrubber(['a-long-secret-value'])(text)).toContain('***')
      }),
    )
  })

  it('hides each long line of a secret of many lines', () => {
    expect(scrubber(['first line\nsecond line'])('saw second line here')).toBe('saw *** here')
  })

  it('leaves everything else as it is, and short values too', () => {
    const value = { text: 'nothing', count: 3, none: null, list: [true] }

    expect(scrubber(['abc', SECRET])(value)).toEqual(value)
    expect(scrubber(['abc'])('abc')).toBe('abc')
  })
})
