import { expect, it } from 'vitest'
import { secretForms } from '../../protocol/secret-forms.ts'

const SECRET = 'pass\'word "with" ünusual & long enough to be wrapped by base64, as the key of a certificate is'

it('secretForms contains every encoding of a value, the longest first', () => {
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

it('secretForms contains the lines in which base64 and openssl print a value', () => {
  const forms = secretForms([SECRET])
  const encoded = Buffer.from(SECRET).toString('base64')
  for (const width of [76, 64]) {
    for (let from = 0; from < encoded.length; from += width) expect(forms).toContain(encoded.slice(from, from + width))
  }
})

it('secretForms contains nothing for values or lines that are too short', () => {
  expect(secretForms(['123', ''])).toEqual([])
  expect(secretForms(['12345'])).not.toContain('12345')
  expect(secretForms(['ab\nlong enough\ncd\n'])).not.toContain('ab')
  expect(secretForms(['ab\nlong enough\ncd\n'])).toContain('long enough')
})

it('secretForms handles a value that is not well-formed text', () => {
  expect(secretForms(['broken\ud800pair'])).toContain('broken\ud800pair')
})
