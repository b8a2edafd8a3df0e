import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import type { OpenBlobFile } from '../../../master/store/blob-files.ts'
import { createBlobReader } from '../../../master/store/blob-reader.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import type { Sha256 } from '../../../protocol/ids.ts'
import { LIMITS } from '../../../protocol/limits.ts'

function scene() {
  const counts = { unpacked: 0, opened: 0, closed: 0, read: 0 }
  const bodies = new Map<Sha256, Uint8Array>()
  const files = new Map<Sha256, Uint8Array>()
  const reader = createBlobReader(
    {
      blobs: {
        get: sha256 => {
          counts.unpacked += 1
          return bodies.get(sha256)
        },
      },
      blobFiles: {
        open: async (sha256): Promise<OpenBlobFile | undefined> => {
          const bytes = files.get(sha256)
          if (bytes === undefined) return undefined
          counts.opened += 1
          return {
            size: bytes.length,
            read: async (offset, length) => {
              counts.read += length
              return bytes.subarray(offset, offset + length)
            },
            close: async () => {
              counts.closed += 1
            },
          }
        },
      },
    },
    () => 0,
  )
  const put = (where: Map<Sha256, Uint8Array>, size: number): Sha256 => {
    const bytes = randomBytes(size)
    where.set(sha256Of(bytes), bytes)
    return sha256Of(bytes)
  }
  /** Fetches a blob like a minion. */
  const fetch = async (sha256: Sha256): Promise<string> => {
    const parts: Uint8Array[] = []
    for (let offset = 0, size = 1; offset < size; offset += LIMITS.chunkBytes) {
      const chunk = await reader.chunk(sha256, offset)
      if (chunk === undefined) throw new Error(`no chunk at ${offset}`)
      size = chunk.size
      parts.push(chunk.data)
    }
    return sha256Of(Buffer.concat(parts))
  }
  return { counts, reader, bodies, files, put, fetch }
}

it.each([4, 8, 16])(
  'the blob reader decompresses a catalog of %i chunks once for four minions that fetch it at the same time',
  async chunks => {
    const { counts, reader, bodies, put, fetch } = scene()
    const sha256 = put(bodies, chunks * LIMITS.chunkBytes - 7)

    expect(await Promise.all([1, 2, 3, 4].map(() => fetch(sha256)))).toEqual(Array(4).fill(sha256))

    expect(counts).toMatchObject({ unpacked: 1, read: 0 })
    await reader.close()
  },
)

it.each([4, 8, 16])(
  'the blob reader opens a large file of %i chunks once for four minions and reads each chunk as often as it is sent',
  async chunks => {
    const { counts, reader, files, put, fetch } = scene()
    const size = chunks * LIMITS.chunkBytes - 7
    const sha256 = put(files, size)

    expect(await Promise.all([1, 2, 3, 4].map(() => fetch(sha256)))).toEqual(Array(4).fill(sha256))

    expect(counts).toEqual({ unpacked: 0, opened: 1, closed: 0, read: 4 * size })
    await reader.close()
    expect(counts.closed).toBe(1)
  },
)

it('the blob reader limits its memory and evicts the least recently used blob', async () => {
  const { counts, reader, bodies, put } = scene()
  const all = Array.from({ length: 6 }, () => put(bodies, 8 * 1024 * 1024))
  for (const sha256 of all) await reader.chunk(sha256, 0)
  expect(counts.unpacked).toBe(6)

  await reader.chunk(all[5] as Sha256, 0)
  expect(counts.unpacked).toBe(6)
  await reader.chunk(all[0] as Sha256, 0)
  expect(counts.unpacked).toBe(7)
  await reader.close()
})

it('the blob reader returns nothing for a missing blob and looks for it again next time', async () => {
  const { reader, files, put } = scene()
  const sha256 = sha256Of('later')
  expect(await reader.chunk(sha256, 0)).toBeUndefined()

  const there = put(files, 10)
  expect(await reader.chunk(there, LIMITS.chunkBytes)).toBeUndefined()
  files.set(sha256, Buffer.from('later'))
  expect((await reader.chunk(sha256, 0))?.data).toEqual(Buffer.from('later'))
  await reader.close()
})
