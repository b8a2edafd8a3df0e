import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { open } from '../../../../master/backup/format-1/open.ts'
import { chunksOf, collect, refusalOf } from '../streams.ts'

const PASSPHRASE = 'the passphrase of a fixture'
const FRAME = 64 * 1024
const HEADER = 36
const TAG = 16

const whole = readFileSync(join(import.meta.dirname, '../../../cases/backup/format-1.backup'))
const opened = (bytes: Uint8Array, passphrase = PASSPHRASE, chunk = 70_000): Promise<Buffer> => {
  return collect(open(chunksOf(bytes, chunk), passphrase))
}
const refusal = (bytes: Uint8Array, passphrase = PASSPHRASE): Promise<string> => refusalOf(opened(bytes, passphrase))

it.each([777, 70_000, 1_000_000])(
  'a format 1 backup read in chunks of %i bytes decrypts to its original content',
  async size => {
    expect(gunzipSync(await opened(whole, PASSPHRASE, size)).toString('latin1')).toContain('"kind":"end"')
  },
)

it('a format 1 backup cannot be decrypted with another passphrase', async () => {
  expect(await refusal(whole, 'wrong horse battery')).toMatch(/^BACKUP_UNREADABLE: .*the passphrase is wrong/)
})

it.each([17, 20, HEADER, HEADER + 3, HEADER + TAG, HEADER + FRAME + TAG, HEADER + 2 * (FRAME + TAG), -101, -1])(
  'a format 1 backup cut off at %i is rejected',
  async at => {
    expect(await refusal(whole.subarray(0, at))).toMatch(/^BACKUP_UNREADABLE: /)
  },
)

it.each([14, 17, 18, 20, 35, 36, 5000, HEADER + FRAME, -1, -20])(
  'a format 1 backup with an edited byte at %i is rejected',
  async at => {
    const edited = Buffer.from(whole)
    const place = at < 0 ? whole.length + at : at
    edited[place] = (edited[place] ?? 0) ^ 1

    expect(await refusal(edited)).toMatch(/^BACKUP_UNREADABLE: /)
  },
)

it('a format 1 backup with swapped, missing, repeated or appended frames is rejected', async () => {
  const frame = (n: number): Buffer => whole.subarray(HEADER + n * (FRAME + TAG), HEADER + (n + 1) * (FRAME + TAG))
  const header = whole.subarray(0, HEADER)
  const orders = [[1, 0, 2], [0, 2], [0, 1, 1, 2], [0, 1, 2, 2], [2]]
  const refusals = await Promise.all(orders.map(order => refusal(Buffer.concat([header, ...order.map(frame)]))))

  expect(refusals.filter(text => !text.startsWith('BACKUP_UNREADABLE'))).toEqual([])
})
