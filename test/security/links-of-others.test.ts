import { createHash } from 'node:crypto'
import { chmod, lchown, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { factsOf, keepFile, piecesOf, placeFor } from '../../master/cli/session/local-file.ts'
import { deliverToDirectory } from '../../master/delivery/file.ts'
import type { DeliveryMessage } from '../../master/delivery/message.ts'
import { backupTo } from '../../minion/apply/backups.ts'
import { captureRestorePoint } from '../../minion/apply/restore-point.ts'
import { fileGetChannel } from '../../minion/channel/file-get.ts'
import { filePutChannel } from '../../minion/channel/file-put.ts'
import { openToLook, replaceTrusted } from '../../protocol/trusted-directory.ts'
import { StreamPort } from '../minion/channel/stream-port.ts'

const NOBODY = 65_534
const SECRET = 'of root alone'

/** `/tmp` of a host with several users: `link` and `through` belong to another user and point to our files. */
let ours: string
let shared: string

beforeEach(async () => {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'saltern-links-')))
  onTestFinished(() => rm(directory, { recursive: true }))
  ours = join(directory, 'ours')
  shared = join(directory, 'shared')
  await mkdir(ours, { mode: 0o700 })
  await mkdir(shared)
  await chmod(shared, 0o1777)
  await writeFile(join(ours, 'secret'), SECRET, { mode: 0o600 })
  for (const [name, target] of [
    ['link', join(ours, 'secret')],
    ['through', ours],
    ['nowhere', join(ours, 'fresh')],
  ] as const) {
    await symlink(target, join(shared, name))
    await lchown(join(shared, name), NOBODY, NOBODY)
  }
})

const paths = (): readonly string[] => [join(shared, 'link'), join(shared, 'through/secret')]

async function untouched(): Promise<void> {
  expect(await readdir(ours)).toEqual(['secret'])
  expect(await readFile(join(ours, 'secret'), 'utf8')).toBe(SECRET)
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text))
}

const facts = (text: string) => ({
  size: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
  mode: 0o600,
})

// Only root can give links to another user.
describe.runIf(process.getuid?.() === 0)('a link of another user', () => {
  it('`cp` from a minion does not follow a symlink of another user on the minion', async () => {
    for (const path of paths()) {
      const port = new StreamPort()
      const { end, out } = await port.read(fileGetChannel({ path }, port))

      expect([end, out.toString()]).toEqual([{ problem: expect.objectContaining({ code: 'PATH_UNSAFE' }) }, ''])
    }
  })

  it('`cp` to a minion does not follow a symlink of another user on the minion', async () => {
    for (const name of ['through/secret', 'through/fresh', 'link', 'nowhere']) {
      const port = new StreamPort()
      port.input.end('other')
      const { end } = await port.read(filePutChannel({ path: join(shared, name), ...facts('other') }, port))

      const code = name.startsWith('through') ? 'PATH_UNSAFE' : 'FILE_UNWRITABLE'
      expect([name, end]).toEqual([name, { problem: expect.objectContaining({ code }) }])
    }
    await untouched()
  })

  it('`cp` to a minion does not follow a symlink of another user on the local machine', async () => {
    for (const path of paths()) {
      await expect(factsOf(path)).rejects.toMatchObject({ code: 'PATH_UNSAFE' })
      const reading = (async () => {
        for await (const piece of piecesOf(path)) expect(piece.toString()).toBe('nothing')
      })()
      await expect(reading).rejects.toMatchObject({ code: 'PATH_UNSAFE' })
    }
  })

  it('`cp` from a minion does not follow a symlink of another user on the local machine', async () => {
    for (const name of ['link', 'nowhere', 'through/secret', 'through/fresh', 'through']) {
      const place = await placeFor(join(shared, name), 'secret')
      const keeping = keepFile(place, pieces('other'), () => Promise.resolve(facts('other')))

      await expect(keeping, name).rejects.toMatchObject({ code: 'PATH_UNSAFE' })
    }
    await untouched()
  })

  it('writing a backup, report or delivery does not follow a symlink of another user', async () => {
    const writing = replaceTrusted(join(shared, 'through/fresh'), 0o600, file => file.writeFile('other'))
    await expect(writing).rejects.toMatchObject({ code: 'PATH_UNSAFE' })
    const document = { subject: 'a', text: 'a', attachments: [] }
    const message = { id: 'delivery-a', at: new Date(0), document } as unknown as DeliveryMessage
    await expect(deliverToDirectory(join(shared, 'through'), message)).rejects.toMatchObject({ code: 'PATH_UNSAFE' })
    await untouched()
  })

  it('reading a backup or saving a file before a change does not follow a symlink of another user', async () => {
    for (const path of paths()) await expect(openToLook(path)).rejects.toMatchObject({ code: 'PATH_UNSAFE' })
    const path = join(shared, 'through/secret')
    await expect(captureRestorePoint(path, false)).rejects.toMatchObject({ code: 'PATH_UNSAFE' })
    await expect(backupTo(join(ours, 'kept'))(path)).rejects.toMatchObject({ code: 'PATH_UNSAFE' })
  })

  it('a symlink of the own user is followed', async () => {
    await symlink(join(ours, 'secret'), join(shared, 'own'))

    expect(await factsOf(join(shared, 'own'))).toEqual(facts(SECRET))
    await keepFile(join(shared, 'own'), pieces('other'), () => Promise.resolve(facts('other')))
    expect(await readFile(join(ours, 'secret'), 'utf8')).toBe('other')
  })
})
