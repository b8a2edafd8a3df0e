import { chmod, lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { makeLink, makeOwned, removePath, setMode, setNumbers } from '../../../minion/system/paths.ts'
import { spawnProgram } from '../../../minion/system/spawn.ts'
import { actUnderAttack, NOBODY, swapOverAndOver } from './swap-attack.ts'

const isRoot = process.getuid?.() === 0

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-paths-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A directory of another user, who swaps `dir` (their own) and `link` (to the victim) over and over. */
async function underAttack(directory: string, victim: string): Promise<{ dir: string; stop: () => Promise<void> }> {
  const evil = join(directory, 'evil')
  const [dir, link] = [join(evil, 'dir'), join(evil, 'link')]
  await chmod(directory, 0o755)
  await mkdir(join(dir, 'file'), { recursive: true })
  await symlink(victim, link)
  return { dir, ...(await swapOverAndOver(evil, dir, link)) }
}

const run = (argv: readonly string[], options: { readonly cwd: string }) => spawnProgram(argv, options)

it('a mode is never set through a symlink', async () => {
  const directory = await freshDirectory()
  const [victim, link] = [join(directory, 'victim'), join(directory, 'link')]
  await writeFile(victim, '', { mode: 0o600 })
  await symlink(victim, link)

  await expect(setMode(link, 0o777)).rejects.toMatchObject({ problems: [{ code: 'PATH_UNSAFE' }] })

  expect((await lstat(victim)).mode & 0o777).toBe(0o600)
})

it('a symlink is replaced by another in one step', async () => {
  const directory = await freshDirectory()
  const path = join(directory, 'link')
  await symlink('old', path)

  await makeLink(path, 'new')

  expect(await readlink(path)).toBe('new')
  expect(await readdir(directory)).toEqual(['link'])
})

it('a directory tree is removed recursively, and symlinks in it are not followed', async () => {
  const directory = await freshDirectory()
  const [tree, victim] = [join(directory, '-tree'), join(directory, 'victim')]
  await mkdir(join(tree, 'a/b'), { recursive: true })
  await mkdir(victim)
  await writeFile(join(victim, 'kept'), '')
  await symlink(victim, join(tree, 'a/link'))

  await removePath(tree, true, run)

  expect(await readdir(directory)).toEqual(['victim'])
  expect(await readdir(victim)).toEqual(['kept'])
})

it('a directory that is not empty is kept when only an empty one may be removed', async () => {
  const directory = await freshDirectory()
  await mkdir(join(directory, 'full/sub'), { recursive: true })

  await expect(removePath(join(directory, 'full'), false, run)).rejects.toMatchObject({ code: 'ENOTEMPTY' })

  expect(await readdir(directory)).toEqual(['full'])
})

it.runIf(isRoot)(
  'nothing is created, changed or removed elsewhere while another user swaps a parent directory for a symlink',
  async () => {
    const directory = await freshDirectory()
    const victim = join(directory, 'victim')
    await mkdir(join(victim, 'file/sub'), { recursive: true, mode: 0o700 })
    await chmod(join(victim, 'file'), 0o700)
    const { dir, stop } = await underAttack(directory, victim)

    const [made, file] = [join(dir, 'made'), join(dir, 'file')]
    const quietly = (acting: Promise<void>): Promise<void> => acting.catch(() => undefined)

    await actUnderAttack(async () => {
      await quietly(removePath(made, false, run))
      await makeOwned(made, { uid: NOBODY, gid: NOBODY }, 0o777)
    })
    await actUnderAttack(() => setMode(file, 0o777))
    await actUnderAttack(() => setNumbers(file, NOBODY, NOBODY))
    await actUnderAttack(async () => {
      await quietly(makeOwned(file, { uid: 0, gid: 0 }, 0o755))
      await removePath(file, true, run)
    })
    await stop()

    expect(await readdir(victim)).toEqual(['file'])
    expect(await readdir(join(victim, 'file'))).toEqual(['sub'])
    expect(await lstat(join(victim, 'file'))).toMatchObject({ uid: 0, gid: 0, mode: 0o40700 })
  },
)
