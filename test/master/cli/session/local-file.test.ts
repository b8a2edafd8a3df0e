import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type FileFacts, factsOf, keepFile, piecesOf, placeFor } from '../../../../master/cli/session/local-file.ts'

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-local-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text))
}

function told(text: string, mode = 0o600): () => Promise<FileFacts> {
  const sha256 = createHash('sha256').update(text).digest('hex')
  return () => Promise.resolve({ size: text.length, sha256, mode })
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8)
}

it('a local file to send is announced with size, hash and mode, and read in chunks', async () => {
  const path = join(await freshDirectory(), 'a')
  await writeFile(path, 'content', { mode: 0o640 })

  expect(await factsOf(path)).toEqual(await told('content', 0o640)())
  const read: Buffer[] = []
  for await (const piece of piecesOf(path)) read.push(piece)
  expect(Buffer.concat(read).toString()).toBe('content')
})

it.each([
  ['/no/such', 'cannot read `/no/such`: it does not exist'],
  ['/etc', '`/etc` is a directory; copy one regular file at a time'],
  ['/dev/null', '`/dev/null` is not a regular file; copy one regular file at a time'],
])('sending the local path %s is rejected with the reason', async (path, words) => {
  await expect(factsOf(path)).rejects.toThrow(words)
})

it('a received file gets the mode of its source, and an existing file keeps its mode', async () => {
  const path = join(await freshDirectory(), 'a')

  await keepFile(path, pieces('con', 'tent'), told('content', 0o4600))
  expect(await modeOf(path)).toBe('600')
  await chmod(path, 0o644)
  await keepFile(path, pieces('other'), told('other', 0o600))

  expect(await readFile(path, 'utf8')).toBe('other')
  expect(await modeOf(path)).toBe('644')
})

it('an incomplete or wrong transfer keeps the existing file and leaves no temporary file', async () => {
  const directory = await freshDirectory()
  const path = join(directory, 'a')
  await writeFile(path, 'old')

  await expect(keepFile(path, pieces('con'), told('content'))).rejects.toThrow('3 bytes arrived')
  await expect(keepFile(path, pieces('CONTENT'), told('content'))).rejects.toThrow('other content arrived')
  await expect(keepFile(path, pieces('content'), () => Promise.reject(new Error('lost')))).rejects.toThrow('lost')

  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(directory)).toEqual(['a'])
})

it('a received file is written through a symlink to its target', async () => {
  const directory = await freshDirectory()
  await writeFile(join(directory, 'real'), 'old')
  await symlink('real', join(directory, 'link'))

  await keepFile(join(directory, 'link'), pieces('new'), told('new'))

  expect(await readFile(join(directory, 'real'), 'utf8')).toBe('new')
  expect((await readdir(directory)).sort()).toEqual(['link', 'real'])
})

it('receiving a file to an invalid path names the problem of the path', async () => {
  await expect(keepFile('/no/such/a', pieces('x'), told('x'))).rejects.toThrow(
    'the directory `/no/such` does not exist',
  )
  await expect(keepFile('/dev/null', pieces('x'), told('x'))).rejects.toThrow('is not a regular file')
})

it('a file received into a directory keeps its own name', async () => {
  const directory = await freshDirectory()

  expect(await placeFor(directory, '/etc/hosts')).toBe(join(directory, 'hosts'))
  expect(await placeFor(`${directory}/new/`, '/etc/hosts')).toBe(join(directory, 'new/hosts'))
  expect(await placeFor(join(directory, 'new'), '/etc/hosts')).toBe(join(directory, 'new'))
})
