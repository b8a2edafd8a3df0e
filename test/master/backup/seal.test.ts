import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { open, seal } from '../../../master/backup/seal.ts'
import { AppError } from '../../../protocol/errors.ts'

const PASSPHRASE = 'correct horse battery'
const FRAME = 64 * 1024
const HEADER = 36
const TAG = 16

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

const sealed = (clear: Uint8Array, chunk = 1000): Promise<Buffer> => {
  return collect(seal(chunksOf(clear, chunk), PASSPHRASE, randomBytes(16), 8))
}
const opened = (bytes: Uint8Array, passphrase = PASSPHRASE, chunk = 777): Promise<Buffer> => {
  return collect(open(chunksOf(bytes, chunk), passphrase))
}
async function refusal(bytes: Uint8Array, passphrase = PASSPHRASE): Promise<string> {
  const outcome = await opened(bytes, passphrase).then(
    () => 'opened',
    (error: unknown) => (error instanceof AppError ? `${error.code}: ${error.message}` : `thrown: ${String(error)}`),
  )
  return outcome
}

describe('a sealed stream', () => {
  const clear = randomBytes(3 * FRAME + 100)
  let whole: Buffer

  beforeAll(async () => {
    whole = await sealed(clear)
  })

  it.each([0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME])('of %i bytes opens as what it was', async size => {
    const bytes = randomBytes(size)

    expect((await opened(await sealed(bytes, 50_000), PASSPHRASE, 70_000)).equals(bytes)).toBe(true)
  })

  it('shows nothing of its content', async () => {
    const text = Buffer.from('a secret that must not show '.repeat(100))

    expect((await sealed(text)).includes('a secret')).toBe(false)
  })

  it('does not open with another passphrase', async () => {
    expect(await refusal(whole, 'wrong horse battery')).toMatch(/^BACKUP_UNREADABLE: .*not its passphrase/)
  })

  const cuts = [0, 5, 20, HEADER, HEADER + 3, HEADER + TAG, HEADER + FRAME + TAG, HEADER + 2 * (FRAME + TAG), -101, -1]
  it.each(cuts)('cut off at %i is refused', async at => {
    expect(await refusal(whole.subarray(0, at < 0 ? whole.length + at : at))).toMatch(/^BACKUP_UNREADABLE: /)
  })

  it.each([0, 14, 17, 18, 20, 35, 36, 5000, HEADER + FRAME, -1, -20])(
    'with an edit at byte %i is refused',
    async at => {
      const edited = Buffer.from(whole)
      const place = at < 0 ? whole.length + at : at
      edited[place] = (edited[place] ?? 0) ^ 1

      expect(await refusal(edited)).toMatch(/^BACKUP_UNREADABLE: /)
    },
  )

  it('with frames swapped, left out, repeated or put behind is refused', async () => {
    const frame = (n: number): Buffer => whole.subarray(HEADER + n * (FRAME + TAG), HEADER + (n + 1) * (FRAME + TAG))
    const header = whole.subarray(0, HEADER)
    const orders = [[1, 0, 2, 3], [0, 2, 3], [0, 1, 1, 2, 3], [0, 1, 2, 3, 3], [3]]
    const refusals = await Promise.all(orders.map(order => refusal(Buffer.concat([header, ...order.map(frame)]))))

    expect(refusals.filter(text => !text.startsWith('BACKUP_UNREADABLE'))).toEqual([])
  })

  it('of a newer format says so', async () => {
    const newer = Buffer.from(whole)
    newer.write('2\n', 15, 'latin1')

    expect(await refusal(newer)).toContain('format "2", this master knows format 1')
  })
})
