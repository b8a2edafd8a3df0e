import { crc32, deflateSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { smallerPng } from '../../scripts/screenshots/palette-png.ts'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

/** A true-colour PNG of rows that begin with their filter. */
function png(width: number, rows: readonly (readonly number[])[], kind = 2): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(rows.length, 4)
  header.set([8, kind, 0, 0, 0], 8)
  const part = (type: string, data: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(type), data])
    const numbers = [data.length, crc32(named)].map(number => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(number)
      return bytes
    })
    return Buffer.concat([numbers[0] ?? Buffer.alloc(0), named, numbers[1] ?? Buffer.alloc(0)])
  }
  const data = deflateSync(Buffer.from(rows.flat()))
  return Buffer.concat([SIGNATURE, part('IHDR', header), part('IDAT', data), part('IEND', Buffer.alloc(0))])
}

/** The colours of a palette PNG without filters, row by row. */
function coloursOf(picture: Buffer): readonly string[] {
  const parts = new Map<string, Buffer>()
  for (let at = 8; at < picture.length; ) {
    const length = picture.readUInt32BE(at)
    const named = picture.subarray(at + 4, at + 8 + length)
    expect(picture.readUInt32BE(at + 8 + length)).toBe(crc32(named))
    parts.set(named.toString('latin1', 0, 4), named.subarray(4))
    at += length + 12
  }
  const width = parts.get('IHDR')?.readUInt32BE(0) ?? 0
  const colours = parts.get('PLTE') ?? Buffer.alloc(0)
  const rows = inflateSync(parts.get('IDAT') ?? Buffer.alloc(0))
  return [...rows]
    .filter((_, at) => at % (width + 1) !== 0)
    .map(index => colours.toString('hex', index * 3, index * 3 + 3))
}

describe('a picture with a palette', () => {
  it('is the same picture, whatever filter its rows had', () => {
    const rows = [
      [0, 10, 20, 30, 40, 50, 60],
      [1, 10, 20, 30, 1, 1, 1],
      [2, 5, 5, 5, 5, 5, 5],
      [3, 1, 1, 1, 1, 1, 1],
      [4, 2, 2, 2, 2, 2, 2],
    ]

    expect(coloursOf(smallerPng(png(2, rows))).join(' ')).toBe(
      '0a141e 28323c 0a141e 0b151f 0f1923 101a24 080d12 0d141c 0a0f14 0f161e',
    )
  })

  it('keeps the 256 colours that are most used, and shows each other one as the nearest', () => {
    const common = Array.from({ length: 256 }, (_, index) => [index, index, index])
    const rows = [
      [0, ...common.flat(), 255, 255, 255],
      [0, ...common.flat(), 255, 250, 255],
    ]

    expect(coloursOf(smallerPng(png(257, rows))).at(-1)).toBe('fdfdfd')
  })

  it('is made of nothing else than what chromium makes', () => {
    expect(() => smallerPng(Buffer.from('GIF89a'))).toThrow('no PNG')
    expect(() => smallerPng(png(1, [[0, 1, 1]], 4))).toThrow('not a PNG as chromium')
  })
})
