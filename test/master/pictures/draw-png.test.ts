import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { trendPicture } from '../../../master/compliance/document.ts'
import { judge } from '../../../master/compliance/judge.ts'
import { drawPng } from '../../../master/pictures/draw-png.ts'
import { fortyMinions } from '../compliance/forty-minions.ts'

/** Width, height and how many bytes of pixels are not 0. */
function described(png: Uint8Array) {
  const bytes = Buffer.from(png)
  const data: Buffer[] = []
  for (let at = 8; at < bytes.length; at += bytes.readUInt32BE(at) + 12) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)))
  }
  const inked = inflateSync(Buffer.concat(data)).filter(byte => byte !== 0).length
  return { kind: bytes.toString('latin1', 1, 4), width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), inked }
}

it('the trend of a report is drawn as a small PNG, the same each time', async () => {
  const picture = trendPicture(judge(fortyMinions()))
  if (picture === undefined) throw new Error('no trend')
  const [one, two] = await Promise.all([drawPng(picture.svg, picture.width), drawPng(picture.svg, picture.width)])

  expect(described(one)).toMatchObject({ kind: 'PNG', width: 744, height: 288 })
  expect(described(one).inked).toBeGreaterThan(5000)
  expect(one.length).toBeLessThan(30_000)
  expect(two).toEqual(one)
})

it('what is no SVG is refused with an error, and the process goes on', async () => {
  await expect(drawPng('<svg', 10)).rejects.toThrow()
})
