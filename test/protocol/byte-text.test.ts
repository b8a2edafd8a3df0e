import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOfText, firstInvalidByte, shownText, textOfBytes } from '../../protocol/byte-text.ts'

const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1')

describe('text of bytes', () => {
  it('any bytes come back as the same bytes from the text that stands for them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(Buffer.compare(bytesOfText(textOfBytes(bytes)), bytes)).toBe(0)
      }),
    )
  })

  it('text that is UTF-8 is the text itself, with its byte order mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(textOfBytes(Buffer.from(`\ufeff${text}`))).toBe(`\ufeff${text}`)
        expect(Buffer.compare(bytesOfText(text), Buffer.from(text))).toBe(0)
      }),
    )
  })

  it('bytes that are not UTF-8 stay single, and UTF-8 between them stays text', () => {
    expect(textOfBytes(latin('caf\xe9 \xc3\xa9\n'))).toBe('caf\udce9 é\n')
  })

  it('overlong forms, encoded surrogates and cut characters are kept byte for byte', () => {
    const bytes = [0xc0, 0x80, 0xed, 0xb3, 0xa9, 0xf5, 0x80, 0xe2, 0x82]

    expect([...bytesOfText(textOfBytes(Uint8Array.from(bytes)))]).toEqual(bytes)
    expect(textOfBytes(Uint8Array.from(bytes))).toHaveLength(bytes.length)
  })

  it('is shown with the number of each byte that is no text', () => {
    expect(shownText(textOfBytes(latin('caf\xe9 \xc3\xa9')))).toBe('caf\\xe9 é')
  })
})

describe('the first byte that is not UTF-8', () => {
  it('is found by line and by column in characters', () => {
    expect(firstInvalidByte(Buffer.concat([Buffer.from('a: é\nb: ü'), latin('\xe9')]))).toEqual({
      line: 2,
      column: 5,
      byte: 0xe9,
    })
    expect(firstInvalidByte(latin('\xff\xfea\0'))).toEqual({ line: 1, column: 1, byte: 0xff })
    expect(firstInvalidByte(Buffer.from('a: é\n'))).toBeUndefined()
  })
})
