import { chmod, lchown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { spawnProgram } from '../../../minion/system/spawn.ts'
import { type AtomicFile, writeAtomic } from '../../../minion/system/write-atomic.ts'
import { AppError } from '../../../protocol/errors.ts'
import { actUnderAttack, NOBODY, swapOverAndOver } from './swap-attack.ts'

const isRoot = process.getuid?.() === 0

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-atomic-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

function wish(path: string, more: Partial<AtomicFile> = {}): AtomicFile {
  return { path, data: 'new', mode: 0o640, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, ...more }
}

it('writeAtomic runs the check on a complete temporary file that no daemon includes, before it replaces the old file', async () => {
  const directory = await freshDirectory()
  const path = join(directory, 'app.conf')
  await writeFile(path, 'old')
  const seen: string[] = []
  const check = async (candidate: string): Promise<void> => {
    seen.push(candidate, await readFile(candidate, 'utf8'), await readFile(path, 'utf8'))
    seen.push(((await stat(candidate)).mode & 0o7777).toString(8))
  }

  await writeAtomic(wish(path, { check }), 'abc')

  expect(seen).toEqual([join(directory, '.app.conf.saltern-abc~'), 'new', 'old', '640'])
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await readdir(directory)).toEqual(['app.conf'])
})

it('writeAtomic keeps the old file and no temporary file when the check fails', async () => {
  const directory = await freshDirectory()
  const path = join(directory, 'app.conf')
  await writeFile(path, 'old')
  const check = (): Promise<void> => Promise.reject(new AppError({ code: 'CHECK_FAILED', message: 'no' }))

  await expect(writeAtomic(wish(path, { check }), 'abc')).rejects.toThrow('no')

  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(directory)).toEqual(['app.conf'])
})

it('writeAtomic never writes through an existing temporary file name', async () => {
  const directory = await freshDirectory()
  const victim = join(directory, 'victim')
  await writeFile(victim, 'kept')
  await symlink(victim, join(directory, '.app.conf.saltern-abc~'))

  await expect(writeAtomic(wish(join(directory, 'app.conf')), 'abc')).rejects.toThrow('EEXIST')

  expect(await readFile(victim, 'utf8')).toBe('kept')
})

it.runIf(isRoot)('writeAtomic refuses a directory reached through a symlink of another user', async () => {
  const directory = await freshDirectory()
  const [real, link] = [join(directory, 'real'), join(directory, 'link')]
  await mkdir(real)
  await symlink(real, link)
  await writeAtomic(wish(join(link, 'own')), 'abc')

  await lchown(link, NOBODY, NOBODY)

  await expect(writeAtomic(wish(join(link, 'foreign')), 'abc')).rejects.toThrow(
    `\`${link}\` is a symbolic link of user ${NOBODY}: Saltern does not read or write through it`,
  )
  expect(await readdir(real)).toEqual(['own'])
})

it.runIf(isRoot)(
  'writeAtomic writes nothing elsewhere while another user swaps the directory for a symlink',
  async () => {
    const directory = await freshDirectory()
    const [evil, victim] = [join(directory, 'evil'), join(directory, 'victim')]
    await chmod(directory, 0o755)
    await mkdir(victim)
    await mkdir(join(evil, 'dir'), { recursive: true })
    await symlink(victim, join(evil, 'link'))
    const dir = join(evil, 'dir')
    const attack = await swapOverAndOver(evil, dir, join(evil, 'link'))

    await actUnderAttack(() => writeAtomic(wish(join(dir, 'file')), 'abc'), { times: 50 })
    await attack.stop()

    expect(await readdir(victim)).toEqual([])
  },
)

it.runIf(isRoot)(
  'writeAtomic reports a full disk, keeps the old file intact and leaves no temporary file',
  async () => {
    const directory = await freshDirectory()
    const disk = join(directory, 'disk')
    await mkdir(disk)
    await spawnProgram(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
    try {
      const path = join(disk, 'app.conf')
      await writeAtomic(wish(path, { data: 'old' }), 'abc')

      const writing = writeAtomic(wish(path, { data: 'x'.repeat(256 * 1024) }), 'def')

      await expect(writing).rejects.toMatchObject({ problems: [{ code: 'DISK_FULL' }] })
      expect(await readFile(path, 'utf8')).toBe('old')
      expect(await readdir(disk)).toEqual(['app.conf'])
    } finally {
      expect((await spawnProgram(['umount', disk])).exitCode).toBe(0)
    }
  },
)

it('an error about a path below a file names the file', async () => {
  const directory = await freshDirectory()
  const file = join(directory, 'app')
  await writeFile(file, 'a file')

  const write = writeAtomic(wish(join(file, 'cache', 'index')), 'abc')

  await expect(write).rejects.toMatchObject({
    message: `cannot write \`${join(file, 'cache', 'index')}\`: \`${file}\` is not a directory`,
    problems: [{ hint: `Check it: \`ls -ld ${file}\`.` }],
  })
})
