import { describe, expect, it } from 'vitest'
import { secretForms } from '../../protocol/secret-forms.ts'

const SECRET = 'pass\'word "with" ünusual & long enough to be wrapped by base64, as the key of a certificate is'

describe('secretForms', () => {
  it('has every way in which a value can stand in a text, the longest first', () => {
    const forms = secretForms([SECRET])

    for (const form of [
      SECRET,
      JSON.stringify(SECRET).slice(1, -1),
      encodeURIComponent(SECRET),
      SECRET.replaceAll("'", String.raw`'\''`),
    ]) {
      expect(forms).toContain(form)
    }
    expect(forms.map(({ length }) => length)).toEqual(forms.map(({ length }) => length).toSorted((a, b) => b - a))
    expect(forms).toHaveLength(new Set(forms).size)
  })

  it('has the lines in which base64 and openssl print it', () => {
    const forms = secretForms([SECRET])
    const encoded = Buffer.from(SECRET).toString('base64')
    for (const width of [76, 64]) {
      for (let from = 0; from < encoded.length; from += width)
        expect(forms).toContain(encoded.slice(from, from + width))
    }
  })

  it('has nothing of values that are too short, and no line of a text that is', () => {
    expect(secretForms(['123', ''])).toEqual([])
    expect(secretForms(['12345'])).not.toContain('12345')
    expect(secretForms(['ab\nlong enough\ncd\n'])).not.toContain('ab')
    expect(secretForms(['ab\nlong enough\ncd\n'])).toContain('long enough')
  })

  it('stands a value that is no well-formed text', () => {
    expect(secretForms(['broken\ud800pair'])).toContain('broken\ud800pair')
  })
})
