import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { appliedValues } from '../../../minion/system/applied-values.ts'
import { linuxSystem } from '../../../minion/system/linux.ts'
import { explainWrite } from '../../../minion/system/write-atomic.ts'
import type { Action } from '../../../states/action.ts'
import type { System } from '../../../states/system.ts'

async function realHost(): Promise<{ readonly system: System; readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-odd-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const applied = appliedValues(join(directory, 'state'))
  return { system: linuxSystem({ applied, blobPath: hash => hash, signal: () => undefined }), directory }
}

const write = (path: string): Action => ({ do: 'write-file', path, content: 'x\n', mode: '0644', showDiff: true })

it.each([232, 233, 240, 255])('a file name of %i bytes is written, and no temporary file is left', async length => {
  const { system, directory } = await realHost()
  const name = 'n'.repeat(length)

  await system.perform(write(join(directory, name)), { checkCmd: ['test', '-s', '{path}'] })

  expect(await readFile(join(directory, name), 'utf8')).toBe('x\n')
  expect(await readdir(directory)).toEqual([name])
})

it('a name that is too long for the file system is reported as such', async () => {
  const { system, directory } = await realHost()
  const path = join(directory, 'n'.repeat(256))

  await expect(system.stat(path)).rejects.toMatchObject({ problems: [{ code: 'FILE_UNREADABLE' }] })
  await expect(system.perform(write(path))).rejects.toMatchObject({
    problems: [
      { code: 'FILE_UNWRITABLE', message: `cannot write \`${path}\`: the name is too long for the file system` },
    ],
  })
})

it('a symlink to itself is reported as such, not as an internal error', async () => {
  const { system, directory } = await realHost()
  await symlink('self', join(directory, 'self'))

  await expect(system.stat(join(directory, 'self/x'))).rejects.toMatchObject({
    problems: [{ code: 'FILE_UNREADABLE', message: expect.stringContaining('form a loop') }],
  })
  await expect(system.perform(write(join(directory, 'self/x')))).rejects.toMatchObject({
    problems: [{ message: expect.stringContaining('form a loop') }],
  })
})

it('a system error is explained without internal paths', () => {
  const busy = (code: string, errno: number) =>
    Object.assign(new Error(`${code}: x '/proc/93/fd/21/b'`), { code, errno, syscall: 'rename' })

  expect(explainWrite(busy('EBUSY', -16), '/root/b')).toMatchObject({
    problems: [
      { code: 'FILE_UNWRITABLE', message: 'cannot write `/root/b`: it is in use, for example as a mount point' },
    ],
  })
  expect(explainWrite(busy('EIO', -5), '/root/b')).toMatchObject({
    problems: [{ code: 'FILE_UNWRITABLE', message: 'cannot write `/root/b`: i/o error (EIO)' }],
  })
})
