import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeLocal } from '../../../minion/system/write-local.ts'

const DATA = Buffer.from('new')
const OWN = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-write-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

it('writeLocal replaces a file with its mode, regardless of the umask, and leaves no candidate', async () => {
  const directory = await freshDirectory()
  const path = join(directory, 'app.conf')
  await writeFile(path, 'old')

  await writeLocal({ path, data: DATA, mode: 0o666, ...OWN }, path, 'abc')

  expect(await readFile(path, 'utf8')).toBe('new')
  expect((await stat(path)).mode & 0o7777).toBe(0o666)
  expect(await readdir(directory)).toEqual(['app.conf'])
})

it.runIf(OWN.uid === 0)('writeLocal sets the owner before the mode, so that set-id bits stay', async () => {
  const path = join(await freshDirectory(), 'tool')

  await writeLocal({ path, data: DATA, mode: 0o4755, uid: 65534, gid: 65533 }, path, 'abc')

  const { mode, uid, gid } = await stat(path)
  expect([mode & 0o7777, uid, gid]).toEqual([0o4755, 65534, 65533])
})

it('writeLocal replaces a link and leaves its target unchanged', async () => {
  const directory = await freshDirectory()
  const [path, victim] = [join(directory, 'link'), join(directory, 'victim')]
  await writeFile(victim, 'kept')
  await symlink(victim, path)

  await writeLocal({ path, data: DATA, mode: 0o644, ...OWN }, path, 'abc')

  expect(await readFile(victim, 'utf8')).toBe('kept')
  expect(await readFile(path, 'utf8')).toBe('new')
})

it('writeLocal never writes through an existing candidate name, and removes nothing that it did not make', async () => {
  const directory = await freshDirectory()
  const victim = join(directory, 'victim')
  await writeFile(victim, 'kept')
  await symlink(victim, join(directory, '.app.conf.saltern-abc~'))
  const path = join(directory, 'app.conf')

  await expect(writeLocal({ path, data: DATA, mode: 0o644, ...OWN }, path, 'abc')).rejects.toThrow('EEXIST')

  expect(await readFile(victim, 'utf8')).toBe('kept')
  expect((await readdir(directory)).sort()).toEqual(['.app.conf.saltern-abc~', 'victim'])
})

it('writeLocal explains a failure by the path of the operator, and leaves no candidate', async () => {
  const directory = await freshDirectory()
  const place = join(directory, 'taken')
  await mkdir(place)

  await expect(
    writeLocal({ path: '/link/taken', data: DATA, mode: 0o644, ...OWN }, place, 'abc'),
  ).rejects.toMatchObject({
    problems: [{ code: 'FILE_UNWRITABLE', message: 'cannot write `/link/taken`: `/link/taken` is a directory' }],
  })

  expect(await readdir(directory)).toEqual(['taken'])
})
