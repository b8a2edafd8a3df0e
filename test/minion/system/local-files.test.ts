import { chmod, chown, lchown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { LocalFiles } from '../../../minion/system/local-files.ts'
import { sha256Of } from '../../../protocol/catalog.ts'

const NOBODY = 65534
const ROOT_IS_LOCAL = '21 1 254:0 / / rw - ext4 /dev/vda rw\n'

/** A directory below one that nobody else can write. */
async function directory(): Promise<string> {
  const made = await mkdtemp(join(homedir(), '.saltern-local-'))
  onTestFinished(() => rm(made, { recursive: true }))
  return made
}

it('a small regular file is hashed, read and described', async () => {
  const path = join(await directory(), 'motd')
  await writeFile(path, 'hello\n', { mode: 0o640 })
  const local = new LocalFiles()

  expect(local.sha256(path)).toBe(sha256Of('hello\n'))
  expect(local.content(path)?.toString()).toBe('hello\n')
  const found = local.status(path)
  expect(found).toMatchObject({ stats: { size: 6 } })
  expect(local.status(`${path}-2`)).toBe('absent')
})

it('a large file, a directory and a missing file are left to the asynchronous look', async () => {
  const made = await directory()
  await writeFile(join(made, 'large'), Buffer.alloc(64 * 1024))
  const local = new LocalFiles()

  for (const name of ['large', '.', 'absent', 'large/inside']) expect(local.sha256(join(made, name))).toBeUndefined()
  expect(local.sha256(made)).toBeUndefined()
})

it('the status of a link is that of the link itself, with its target', async () => {
  const path = join(await directory(), 'link')
  await symlink('/etc/shadow', path)

  expect(new LocalFiles().status(path)).toMatchObject({ target: '/etc/shadow' })
  expect(new LocalFiles().content(path)).toBeUndefined()
})

it('a directory is reached through links of root, absolute and relative', async () => {
  const made = await directory()
  await mkdir(join(made, 'real'))
  await writeFile(join(made, 'real', 'file'), 'x')
  await symlink(join(made, 'real'), join(made, 'absolute'))
  await symlink('real', join(made, 'relative'))
  const local = new LocalFiles()

  for (const name of ['real', 'absolute', 'relative']) {
    expect(local.content(join(made, name, 'file'))?.toString()).toBe('x')
  }
})

it('a loop of links is left to the asynchronous look', async () => {
  const made = await directory()
  await symlink('two', join(made, 'one'))
  await symlink('one', join(made, 'two'))

  expect(new LocalFiles().status(join(made, 'one', 'file'))).toBeUndefined()
})

it('nothing is looked at on a file system of another machine, also when a link leads there', async () => {
  const made = await directory()
  await mkdir(join(made, 'nas'))
  await writeFile(join(made, 'nas', 'file'), 'x')
  await symlink(join(made, 'nas'), join(made, 'link'))
  const mounts = `${ROOT_IS_LOCAL}40 21 0:35 / ${made}/nas rw - nfs4 nas:/one rw\n`
  const local = new LocalFiles(() => mounts)

  for (const path of ['nas', 'nas/file', 'link/file']) {
    expect(local.status(join(made, path))).toBeUndefined()
    expect(local.content(join(made, path))).toBeUndefined()
  }
  expect(new LocalFiles(() => ROOT_IS_LOCAL).content(join(made, 'link/file'))?.toString()).toBe('x')
})

it('mounts are read once for all files, and again after they were forgotten', async () => {
  const path = join(await directory(), 'file')
  await writeFile(path, 'x')
  let reads = 0
  const local = new LocalFiles(() => {
    reads += 1
    return ROOT_IS_LOCAL
  })

  for (let index = 0; index < 100; index++) local.status(path)
  expect(reads).toBe(1)
  local.forget()
  local.status(path)
  expect(reads).toBe(2)
})

it.each([1, 2, 4])(
  'a directory that others can write is resolved once for %i files, until it is forgotten',
  async n => {
    const theirs = join(await directory(), 'theirs')
    await mkdir(theirs)
    await chmod(theirs, 0o777)
    let reads = 0
    const local = new LocalFiles(() => {
      reads += 1
      return ROOT_IS_LOCAL
    })

    for (let index = 0; index < 10 * n; index++) expect(local.status(join(theirs, `${index}`))).toBeUndefined()
    expect(reads).toBe(1)
    await chmod(theirs, 0o755)
    local.forget()
    expect(local.status(join(theirs, 'file'))).toBe('absent')
  },
)

it('a directory of root in a sticky directory is looked at, the sticky directory itself is not', async () => {
  const sticky = join(await directory(), 'tmp')
  await mkdir(join(sticky, 'own'), { recursive: true })
  await chmod(sticky, 0o1777)
  await writeFile(join(sticky, 'own', 'file'), 'x')
  await writeFile(join(sticky, 'file'), 'x')
  await symlink('own', join(sticky, 'link'))
  const local = new LocalFiles()

  for (const name of ['own/file', 'link/file']) expect(local.content(join(sticky, name))?.toString()).toBe('x')
  expect(local.status(join(sticky, 'own', 'absent'))).toBe('absent')
  for (const name of ['file', 'absent', 'link', 'own']) {
    expect(local.status(join(sticky, name))).toBeUndefined()
    expect(local.content(join(sticky, name))).toBeUndefined()
  }
})

it.runIf(process.getuid?.() === 0).each(['directory', 'link'])(
  'what another user has in a sticky directory is left to the asynchronous look (%s)',
  async what => {
    const sticky = join(await directory(), 'tmp')
    await mkdir(join(sticky, 'own'), { recursive: true })
    await chmod(sticky, 0o1777)
    const theirs = join(sticky, 'theirs')
    if (what === 'link') await symlink('own', theirs)
    else await mkdir(theirs)
    await lchown(theirs, NOBODY, NOBODY)
    await writeFile(join(theirs, 'file'), 'x')

    expect(new LocalFiles().content(join(theirs, 'file'))).toBeUndefined()
    expect(new LocalFiles().status(join(theirs, 'absent'))).toBeUndefined()
  },
)

it('a sticky directory of another user is not trusted', async () => {
  const theirs = join(await directory(), 'theirs')
  await mkdir(join(theirs, 'own'), { recursive: true })
  await chmod(theirs, 0o1777)
  if (process.getuid?.() === 0) await chown(theirs, NOBODY, NOBODY)
  else await chmod(theirs, 0o777)
  await writeFile(join(theirs, 'own', 'file'), 'x')

  expect(new LocalFiles().content(join(theirs, 'own', 'file'))).toBeUndefined()
})

it('a written file leaves directories resolved, unless one was reached through a link', async () => {
  const made = await directory()
  await mkdir(join(made, 'real'))
  await symlink('real', join(made, 'link'))
  let reads = 0
  const local = new LocalFiles(() => {
    reads += 1
    return ROOT_IS_LOCAL
  })

  for (let index = 0; index < 10; index++) {
    local.status(join(made, 'real', 'file'))
    local.fileReplaced()
  }
  expect(reads).toBe(1)
  local.status(join(made, 'link', 'file'))
  await rm(join(made, 'link'))
  await writeFile(join(made, 'link'), 'no link any more')
  local.fileReplaced()
  expect(local.status(join(made, 'link', 'file'))).toBeUndefined()
  expect(reads).toBe(2)
})

it.runIf(process.getuid?.() === 0)('a link of another user on the way is left to the asynchronous look', async () => {
  const made = await directory()
  await mkdir(join(made, 'real'))
  await writeFile(join(made, 'real', 'file'), 'x')
  await symlink('real', join(made, 'link'))
  await lchown(join(made, 'link'), NOBODY, NOBODY)

  expect(new LocalFiles().content(join(made, 'link', 'file'))).toBeUndefined()
  expect(new LocalFiles().status(join(made, 'link', 'file'))).toBeUndefined()
})

it.runIf(process.getuid?.() === 0).each(['owned', 'writable'])(
  'nothing is looked at below a directory that another user can change (%s)',
  async how => {
    const theirs = join(await directory(), 'theirs')
    await mkdir(join(theirs, 'sub'), { recursive: true })
    if (how === 'owned') await chown(theirs, NOBODY, NOBODY)
    else await chmod(theirs, 0o777)
    await writeFile(join(theirs, 'sub', 'file'), 'x')
    const local = new LocalFiles()

    for (const name of ['sub/file', 'sub']) {
      expect(local.status(join(theirs, name))).toBeUndefined()
      expect(local.content(join(theirs, name))).toBeUndefined()
    }
    expect(local.status(theirs)).not.toBeUndefined()
  },
)

it('a directory that was replaced by a link is resolved again after it was forgotten', async () => {
  const made = await directory()
  await mkdir(join(made, 'old'))
  await mkdir(join(made, 'new'))
  await writeFile(join(made, 'old', 'file'), 'old')
  await writeFile(join(made, 'new', 'file'), 'new')
  await symlink('old', join(made, 'current'))
  const local = new LocalFiles()
  expect(local.content(join(made, 'current/file'))?.toString()).toBe('old')

  await rm(join(made, 'current'))
  await symlink('new', join(made, 'current'))
  local.forget()

  expect(local.content(join(made, 'current/file'))?.toString()).toBe('new')
})
