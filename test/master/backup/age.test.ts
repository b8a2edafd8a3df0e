import { randomBytes } from 'node:crypto'
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { beforeAll, describe, expect, it } from 'vitest'
import { decrypt, encrypt } from '../../../master/backup/age.ts'
import { chunksOf, collect, refusalOf } from './streams.ts'

const PASSPHRASE = 'correct horse battery'
const CHUNK = 64 * 1024
const TAG = 16

const sealed = (clear: Uint8Array, chunk = 1000): Promise<Buffer> => {
  return collect(encrypt(chunksOf(clear, chunk), PASSPHRASE, 8))
}
const opened = (bytes: Uint8Array, passphrase = PASSPHRASE, chunk = 777): Promise<Buffer> => {
  return collect(decrypt(chunksOf(bytes, chunk), passphrase))
}
const refusal = (bytes: Uint8Array, passphrase = PASSPHRASE): Promise<string> => refusalOf(opened(bytes, passphrase))

describe('an age file with a passphrase', () => {
  const clear = randomBytes(3 * CHUNK + 100)
  let whole: Buffer
  /** Offset of the first chunk, after header and nonce. */
  let start: number

  beforeAll(async () => {
    whole = await sealed(clear)
    start = whole.length - clear.length - 4 * TAG
  })

  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])(
    'an age file of %i bytes decrypts to its original content',
    async size => {
      const bytes = randomBytes(size)

      expect((await opened(await sealed(bytes, 50_000), PASSPHRASE, 70_000)).equals(bytes)).toBe(true)
    },
  )

  it('an age file starts with the age header and does not reveal its content', async () => {
    const bytes = await sealed(Buffer.from('a secret that must not show '.repeat(100)))

    expect(bytes.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} 8\n/)
    expect(bytes.includes('a secret')).toBe(false)
  })

  it('an age file can be decrypted with the same passphrase in another Unicode normalization form', async () => {
    const bytes = await collect(encrypt(chunksOf(clear), 'gr\u00fcne Hügel', 8))

    expect((await opened(bytes, 'gru\u0308ne Hügel')).equals(clear)).toBe(true)
  })

  it('an age file cannot be decrypted with another passphrase', async () => {
    expect(await refusal(whole, 'wrong horse battery')).toMatch(/^BACKUP_UNREADABLE: .*the passphrase is wrong/)
  })

  it.each([0, 5, 25, 60, 'start-16', 'start-1', 'start', 'start+3', 'start+16', 'start+65552', -101, -1])(
    'an age file cut off at %s is rejected',
    async at => {
      expect(await refusal(whole.subarray(0, placeOf(at)))).toMatch(/^BACKUP_UNREADABLE: .*(?:edited or truncated)/)
    },
  )

  it.each([0, 14, 21, 25, 40, 60, 'start-40', 'start-1', 'start', 'start+5000', 'start+65552', -1, -20])(
    'an age file with an edited byte at %s is rejected',
    async at => {
      const edited = Buffer.from(whole)
      const place = placeOf(at)
      edited[place] = (edited[place] ?? 0) ^ 1

      expect(await refusal(edited)).toMatch(/^BACKUP_UNREADABLE: /)
    },
  )

  it('an age file with swapped, missing, repeated or appended chunks is rejected', async () => {
    const chunk = (n: number): Buffer => whole.subarray(start + n * (CHUNK + TAG), start + (n + 1) * (CHUNK + TAG))
    const header = whole.subarray(0, start)
    const orders = [[1, 0, 2, 3], [0, 2, 3], [0, 1, 1, 2, 3], [0, 1, 2, 3, 3], [3]]
    const refusals = await Promise.all(orders.map(order => refusal(Buffer.concat([header, ...order.map(chunk)]))))

    expect(refusals.filter(text => !text.startsWith('BACKUP_UNREADABLE'))).toEqual([])
  })

  it('an age file without an end of its header is rejected without reading it to its end', async () => {
    let read = 0
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('age-encryption.org/v1\n')
      for (;;) {
        read += 1000
        yield Buffer.alloc(1000, 'a')
      }
    }

    expect(await refusalOf(collect(decrypt(endless(), PASSPHRASE)))).toMatch(/^BACKUP_UNREADABLE: .*header/)
    expect(read).toBeLessThan(5000)
  })

  it('an age file cannot demand all memory with its work factor', async () => {
    const text = whole.toString('latin1').replace(' 8\n', ' 40\n')

    expect(await refusal(Buffer.from(text, 'latin1'))).toMatch(/^BACKUP_UNREADABLE: /)
  })

  it('an age file encrypted for a key instead of a passphrase is rejected', async () => {
    const encrypter = new Encrypter()
    encrypter.addRecipient(await identityToRecipient(await generateX25519Identity()))

    expect(await refusal(await encrypter.encrypt('text'))).toMatch(/^BACKUP_UNREADABLE: .*for a key/)
  })

  it('a read error of an age file is reported as a system error, not as a damaged file', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield whole.subarray(0, 100_000)
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' })
    }

    expect(await refusalOf(collect(decrypt(failing(), PASSPHRASE)))).toBe('thrown: Error: EIO: i/o error, read')
  })

  function placeOf(at: number | string): number {
    if (typeof at === 'string') return start + Number(at.slice('start'.length))
    return at < 0 ? whole.length + at : at
  }
})
