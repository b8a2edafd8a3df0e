import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type FileFacts, fileGetChannel } from '../../../minion/channel/file-get.ts'
import { type FilePutRequest, filePutChannel } from '../../../minion/channel/file-put.ts'
import { spawnProgram } from '../../../minion/system/spawn.ts'
import { StreamPort } from './stream-port.ts'

const isRoot = process.getuid?.() === 0

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-files-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

async function put(path: string, data: string | Uint8Array, more: Partial<FilePutRequest> = {}): Promise<unknown> {
  const port = new StreamPort()
  port.input.end(data)
  const request = { path, size: Buffer.byteLength(data), sha256: sha256(data), ...more }
  return (await port.read(filePutChannel(request, port))).end
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8)
}

it('fileGetChannel sends a file of any bytes, and then its size, hash and mode', async () => {
  const path = join(await freshDirectory(), 'a')
  const data = Buffer.alloc(500_000, 'x\0\u00ff')
  await writeFile(path, data, { mode: 0o600 })
  const port = new StreamPort()

  const { end, out, err } = await port.read(fileGetChannel({ path }, port))

  expect(end).toEqual({ exit: 0 })
  expect(out.equals(data)).toBe(true)
  expect(JSON.parse(err) as FileFacts).toEqual({ size: data.length, sha256: sha256(data), mode: 0o600 })
})

it('fileGetChannel reads files that report no size, such as those in /proc', async () => {
  const port = new StreamPort()

  const { out } = await port.read(fileGetChannel({ path: '/proc/sys/kernel/ostype' }, port))

  expect(out.toString()).toBe('Linux\n')
})

it.each([
  ['/no/such/file', 'cannot read `/no/such/file`: it does not exist'],
  ['/etc', '`/etc` is a directory; copy one regular file at a time'],
  ['/dev/zero', '`/dev/zero` is not a regular file; copy one regular file at a time'],
])('fileGetChannel explains why it cannot read %s', async (path, message) => {
  const port = new StreamPort()

  const { end, out } = await port.read(fileGetChannel({ path }, port))

  expect(end).toMatchObject({ problem: { code: 'FILE_UNREADABLE', message } })
  expect(out.length).toBe(0)
})

it('filePutChannel creates a new file with the given mode and keeps the mode of an existing one', async () => {
  const path = join(await freshDirectory(), 'a')

  expect(await put(path, 'first', { newMode: 0o600 })).toEqual({ exit: 0 })
  expect(await modeOf(path)).toBe('600')
  await chmod(path, 0o4710)
  expect(await put(path, 'second', { newMode: 0o600 })).toEqual({ exit: 0 })

  expect(await readFile(path, 'utf8')).toBe('second')
  expect(await modeOf(path)).toBe('4710')
  expect(await put(path, 'third', { mode: 0o640 })).toEqual({ exit: 0 })
  expect(await modeOf(path)).toBe('640')
})

it.runIf(isRoot)('filePutChannel keeps the owner of an existing file, and sets a given owner', async () => {
  const path = join(await freshDirectory(), 'a')
  await put(path, 'first', { user: 'nobody', group: 'nogroup' })
  await put(path, 'second')

  const { uid, gid } = await stat(path)

  expect([uid, gid]).toEqual([65534, 65534])
  expect(await put(path, 'third', { user: 'no-such-user' })).toMatchObject({ problem: { code: 'OWNER_UNKNOWN' } })
  expect(await put(path, 'third', { group: 'no-such-group' })).toMatchObject({ problem: { code: 'OWNER_UNKNOWN' } })
  expect(await readFile(path, 'utf8')).toBe('second')
})

it.each([
  ['other content', { sha256: sha256('other') }],
  ['only 7 bytes', { size: 9 }],
  ['more came', { size: 3 }],
])('filePutChannel keeps the old file and no temporary file after a mismatch: %s', async (_, more) => {
  const directory = await freshDirectory()
  const path = join(directory, 'a')
  await writeFile(path, 'old')

  expect(await put(path, 'content', more)).toMatchObject({ problem: { code: 'BLOB_MISMATCH' } })

  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(directory)).toEqual(['a'])
})

it('filePutChannel keeps the old file when the link is lost in the middle', async () => {
  const directory = await freshDirectory()
  const path = join(directory, 'a')
  await writeFile(path, 'old')
  const port = new StreamPort()
  const done = filePutChannel({ path, size: 7, sha256: sha256('content') }, port)
  port.input.write('cont')

  port.close()

  expect(await done).toMatchObject({ problem: { code: 'RUN_CANCELLED' } })
  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(directory)).toEqual(['a'])
})

it('filePutChannel refuses a target that is not a regular file, with a hint', async () => {
  const directory = await freshDirectory()
  const [file, link] = [join(directory, 'file'), join(directory, 'link')]
  await writeFile(file, 'old')
  await symlink('file', link)

  expect(await put(directory, 'x')).toMatchObject({
    problem: { code: 'FILE_UNWRITABLE', message: `\`${directory}\` is a directory` },
  })
  expect(await put(link, 'x')).toMatchObject({
    problem: { code: 'FILE_UNWRITABLE', hint: `Name the file itself: \`${file}\`.` },
  })
  expect(await put('/dev/null', 'x')).toMatchObject({ problem: { code: 'FILE_UNWRITABLE' } })
  expect(await put(join(directory, 'no', 'file'), 'x')).toMatchObject({ problem: { code: 'FILE_UNWRITABLE' } })
  expect(await readFile(link, 'utf8')).toBe('old')
})

it.runIf(isRoot)('filePutChannel reports a full disk and keeps the old file', async () => {
  const directory = await freshDirectory()
  await spawnProgram(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory])
  try {
    const path = join(directory, 'a')
    await writeFile(path, 'old')

    expect(await put(path, Buffer.alloc(200_000))).toMatchObject({ problem: { code: 'DISK_FULL' } })

    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(directory)).toEqual(['a'])
  } finally {
    await spawnProgram(['umount', directory])
  }
})
