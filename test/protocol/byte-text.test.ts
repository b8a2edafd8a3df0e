import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytesOfText, firstInvalidByte, shownText, textOfBytes } from '../../protocol/byte-text.ts'

const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1')

it('any bytes survive the conversion to byte text and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      expect(Buffer.compare(bytesOfText(textOfBytes(bytes)), bytes)).toBe(0)
    }),
  )
})

it('UTF-8 text is its own byte text, including its byte order mark', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(textOfBytes(Buffer.from(`\ufeff${text}`))).toBe(`\ufeff${text}`)
      expect(Buffer.compare(bytesOfText(text), Buffer.from(text))).toBe(0)
    }),
  )
})

it('in byte text, bytes that are not UTF-8 stay single, and UTF-8 between them stays text', () => {
  expect(textOfBytes(latin('caf\xe9 \xc3\xa9\n'))).toBe('caf\udce9 é\n')
})

it('overlong forms, encoded surrogates and truncated characters are kept byte for byte', () => {
  const bytes = [0xc0, 0x80, 0xed, 0xb3, 0xa9, 0xf5, 0x80, 0xe2, 0x82]

  expect([...bytesOfText(textOfBytes(Uint8Array.from(bytes)))]).toEqual(bytes)
  expect(textOfBytes(Uint8Array.from(bytes))).toHaveLength(bytes.length)
})

it('byte text is shown with the hex value of each byte that is not UTF-8', () => {
  expect(shownText(textOfBytes(latin('caf\xe9 \xc3\xa9')))).toBe('caf\\xe9 é')
})

it('the first byte that is not UTF-8 is located by line and character column', () => {
  expect(firstInvalidByte(Buffer.concat([Buffer.from('a: é\nb: ü'), latin('\xe9')]))).toEqual({
    line: 2,
    column: 5,
    byte: 0xe9,
  })
  expect(firstInvalidByte(latin('\xff\xfea\0'))).toEqual({ line: 1, column: 1, byte: 0xff })
  expect(firstInvalidByte(Buffer.from('a: é\n'))).toBeUndefined()
})
