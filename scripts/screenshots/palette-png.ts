import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const MOST = 256

interface Picture {
  readonly width: number
  readonly height: number
  /** 0xrrggbb, row by row. */
  readonly pixels: Uint32Array
}

/**
 * The same picture with a palette of at most 256 colours, a third of the size: a screenshot of text has few that matter,
 * and the rest are shades of the edges of letters. Takes what chromium makes: 8 bits, RGB or RGBA without transparency,
 * not interlaced; throws for anything else. Pure.
 */
export function smallerPng(png: Uint8Array): Buffer {
  const { width, height, pixels } = decode(Buffer.from(png))
  const counts = new Map<number, number>()
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1)
  const palette = [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .map(([colour]) => colour)
  const indexes = new Map([...counts.keys()].map(colour => [colour, nearest(colour, palette)]))
  const rows = Buffer.alloc((width + 1) * height)
  pixels.forEach((colour, at) => {
    const row = Math.floor(at / width)
    rows[row * (width + 1) + 1 + (at % width)] = indexes.get(colour) ?? 0
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // 8 bits a pixel, by palette.
  header.set([8, 3, 0, 0, 0], 8)
  const colours = Buffer.from(palette.flatMap(colour => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function nearest(colour: number, palette: readonly number[]): number {
  let best = 0
  let distance = Infinity
  for (const [index, candidate] of palette.entries()) {
    const away =
      ((colour >> 16) - (candidate >> 16)) ** 2 +
      (((colour >> 8) & 255) - ((candidate >> 8) & 255)) ** 2 +
      ((colour & 255) - (candidate & 255)) ** 2
    if (away < distance) {
      best = index
      distance = away
    }
  }
  return best
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}

function decode(png: Buffer): Picture {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new TypeError('no PNG')
  const data: Buffer[] = []
  let header = Buffer.alloc(0)
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const body = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') header = Buffer.from(body)
    if (type === 'IDAT') data.push(body)
    at += length + 12
  }
  const [bits, kind, , , interlaced] = header.subarray(8)
  const size = kind === 2 ? 3 : kind === 6 ? 4 : 0
  if (bits !== 8 || size === 0 || interlaced !== 0) throw new TypeError('not a PNG as chromium makes them')
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const bytes = unfilter(inflateSync(Buffer.concat(data)), { width: width * size, height, size })
  const pixels = new Uint32Array(width * height)
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = bytes.readUIntBE(at * size, 3)
  return { width, height, pixels }
}

/** PNG 9.2: every byte is kept as its difference from a guess by its neighbours. */
function unfilter(raw: Buffer, { width, height, size }: { width: number; height: number; size: number }): Buffer {
  const out = Buffer.alloc(width * height)
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (width + 1)]
    for (let column = 0; column < width; column += 1) {
      const at = row * width + column
      const left = column >= size ? (out[at - size] ?? 0) : 0
      const above = row > 0 ? (out[at - width] ?? 0) : 0
      const corner = row > 0 && column >= size ? (out[at - width - size] ?? 0) : 0
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter ?? 0] ?? 0
      out[at] = (raw[row * (width + 1) + 1 + column] ?? 0) + guess
    }
  }
  return out
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? above : corner
}
