import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { gunzipped } from '../../../master/backup/gzip.ts'
import { AppError } from '../../../protocol/errors.ts'
import { chunksOf, collect, refusalOf } from './streams.ts'

describe('gunzipped', () => {
  const clear = randomBytes(300_000)

  it('gunzipped returns the original content', async () => {
    expect((await collect(gunzipped(chunksOf(gzipSync(clear))))).equals(clear)).toBe(true)
  })

  it.each([
    ['is no gzip stream', clear],
    ['is cut off', gzipSync(clear).subarray(0, -5)],
    ['was edited', Buffer.concat([gzipSync(clear).subarray(0, -6), Buffer.alloc(6)])],
  ])('gunzipped rejects a stream that %s', async (_, bytes) => {
    expect(await refusalOf(collect(gunzipped(chunksOf(bytes))))).toMatch(/^BACKUP_UNREADABLE: /)
  })

  it('gunzipped stops at its size limit, however small the compressed input is', async () => {
    let given = 0
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const reading = async (): Promise<void> => {
      for await (const chunk of gunzipped(chunksOf(bomb), 1_000_000)) given += chunk.length
    }

    expect(await refusalOf(reading())).toMatch(/^BACKUP_UNREADABLE: .*larger than 1000000 bytes/)
    expect(given).toBeLessThanOrEqual(1_000_000)
  })

  it('gunzipped passes on the error of its source', async () => {
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield gzipSync(clear).subarray(0, 1000)
      throw new AppError({ code: 'BACKUP_UNREADABLE', message: 'it was edited' })
    }

    expect(await refusalOf(collect(gunzipped(source())))).toBe('BACKUP_UNREADABLE: it was edited')
  })

  it('gunzipped closes its source when the consumer stops reading', async () => {
    let isOver = false
    const source = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield* chunksOf(gzipSync(clear))
      } finally {
        isOver = true
      }
    }
    for await (const _ of gunzipped(source())) break

    await expect.poll(() => isOver).toBe(true)
  })
})
