import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { forgetArmed, openConfirmWindow, putBack, readArmed } from '../../../minion/apply/confirm-window.ts'
import { spawnProgram } from '../../../minion/system/spawn.ts'
import type { RunId, StateKey } from '../../../protocol/ids.ts'
import { Secret } from '../../../protocol/secret.ts'
import type { Action } from '../../../states/action.ts'
import type { Inspection } from '../../../states/define.ts'

const RUN = 'run-00000000000000000000000000' as RunId
const SSHD = 'base/file.managed/sshd' as StateKey
const reach = (): Promise<void> => Promise.resolve()
/** Reachable before the change, never after it. */
function cutOff(): () => Promise<void> {
  let asked = 0
  return () => (++asked === 1 ? Promise.resolve() : Promise.reject(new Error('no route')))
}

async function scene(probe: () => Promise<void>) {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-confirm-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const performed: Action[] = []
  const system = { perform: async (action: Action) => void performed.push(action) }
  const path = join(directory, 'state', 'confirm.json')
  const at = (name: string): string => join(directory, name)
  return { window: openConfirmWindow({ path, run: RUN, system, probe }), path, at, performed, system }
}

function write(path: string): Action {
  return { do: 'write-file', path, content: 'new', mode: '0644', showDiff: true }
}

function changing(...actions: readonly Action[]): Pick<Inspection, 'actions' | 'reverts'> {
  return { actions, reverts: [] }
}

it('a confirm window keeps the change when the master is reachable, and leaves nothing on disk', async () => {
  const { window, path, at } = await scene(reach)
  await writeFile(at('sshd_config'), 'old')
  await window.arm(SSHD, 60, changing(write(at('sshd_config'))))
  await writeFile(at('sshd_config'), 'new')

  expect(await window.settle()).toEqual({ how: 'kept' })

  expect(await readFile(at('sshd_config'), 'utf8')).toBe('new')
  expect(await readArmed(path)).toBeUndefined()
  expect(window.armed).toEqual([])
})

it('a confirm window reverts every kind of change when the master is unreachable, and runs reactions again', async () => {
  const { window, path, at, performed } = await scene(cutOff())
  await writeFile(at('file'), 'old', { mode: 0o600 })
  await symlink('old-target', at('link'))
  await writeFile(at('gone'), 'was here', { mode: 0o640 })
  await mkdir(at('directory'), { mode: 0o711 })
  const restart: Action = { do: 'unit', unit: 'nftables', verb: 'restart' }
  const reload: Action = { do: 'run', summary: 'old rules', argv: ['nft', '-f', '-'], stdin: 'table inet old {}' }
  const secret: Action = { do: 'run', summary: 'sql', argv: ['mysql'], stdin: new Secret('s3cret-value', 'a.b') }

  const actions: readonly Action[] = [
    write(at('file')),
    { do: 'link', path: at('link'), target: 'new-target' },
    { do: 'remove', path: at('gone'), recursive: false },
    { do: 'set-mode', path: at('directory'), mode: '0777' },
    write(at('fresh')),
    { do: 'make-directory', path: at('fresh-directory'), mode: '0755', parents: false },
  ]
  const reverts: readonly Action[] = [reload, { ...secret, summary: 'what no file holds, with a secret' }]
  await window.arm(SSHD, 5, { actions, reverts })
  await writeFile(at('file'), 'new')
  await chmod(at('file'), 0o644)
  await unlink(at('link'))
  await symlink('new-target', at('link'))
  await unlink(at('gone'))
  await chmod(at('directory'), 0o777)
  await writeFile(at('fresh'), 'new')
  await mkdir(at('fresh-directory'))
  await window.reacted([restart, secret])
  const onDisk = await readFile(path, 'utf8')

  const settled = await window.settle()

  expect(settled).toMatchObject({ how: 'reverted', problem: { code: 'NOT_CONFIRMED' } })
  expect(await readFile(at('file'), 'utf8')).toBe('old')
  expect((await lstat(at('file'))).mode & 0o777).toBe(0o600)
  expect(await readlink(at('link'))).toBe('old-target')
  expect(await readFile(at('gone'), 'utf8')).toBe('was here')
  expect((await lstat(at('gone'))).mode & 0o777).toBe(0o640)
  expect((await lstat(at('directory'))).mode & 0o777).toBe(0o711)
  await expect(lstat(at('fresh'))).rejects.toThrow('ENOENT')
  await expect(lstat(at('fresh-directory'))).rejects.toThrow('ENOENT')
  expect(performed).toEqual([reload, restart])
  expect(onDisk).not.toContain('s3cret-value')
  expect(await readArmed(path)).toBeUndefined()
})

it('a confirm window is written to disk before the change, so that a later process can revert it', async () => {
  const { window, path, at, system } = await scene(reach)
  await writeFile(at('file'), 'old')
  await window.arm(SSHD, 60, changing(write(at('file'))))
  await writeFile(at('file'), 'new')

  const armed = await readArmed(path)
  const problems = armed === undefined ? undefined : await putBack(armed, system)
  await forgetArmed(path)

  expect(armed).toMatchObject({ run: RUN, states: [SSHD] })
  expect(problems).toEqual([])
  expect(await readFile(at('file'), 'utf8')).toBe('old')
  expect(await readArmed(path)).toBeUndefined()
})

it('a confirm window is not opened when the master is unreachable before the change', async () => {
  const { window, path, at } = await scene(() => Promise.reject(new Error('away')))

  await expect(window.arm(SSHD, 60, changing(write(at('file'))))).rejects.toMatchObject({
    problems: [{ code: 'CONFIRM_IMPOSSIBLE' }],
  })

  expect(window.armed).toEqual([])
  expect(await readArmed(path)).toBeUndefined()
})

it('a confirm window is not opened for the removal of a directory tree', async () => {
  const { window, at } = await scene(reach)
  await mkdir(at('tree'))

  await expect(
    window.arm(SSHD, 60, changing({ do: 'remove', path: at('tree'), recursive: true })),
  ).rejects.toMatchObject({
    problems: [{ code: 'CONFIRM_IMPOSSIBLE' }],
  })
})

it('a confirm window that restores a file of a unit reloads systemd before it restarts the unit', async () => {
  const { performed, system } = await scene(reach)
  const point = { path: '/etc/systemd/system/no-such-directory-of-a-test/unit.conf', was: 'absent' } as const
  const restart: Action = { do: 'unit', unit: 'sshd', verb: 'restart' }

  await putBack({ run: RUN, states: [SSHD], points: [point], reverts: [], reactions: [restart] }, system)
  expect(performed).toEqual([{ do: 'daemon-reload' }, restart])

  const other = { ...point, path: '/etc/no-such-directory-of-a-test/sshd_config' }
  await putBack({ run: RUN, states: [SSHD], points: [other], reverts: [], reactions: [restart] }, system)
  expect(performed.slice(2)).toEqual([restart])
})

it('a confirm window reverts what it can and names what it cannot', async () => {
  const { window, at } = await scene(cutOff())
  await mkdir(at('gone'))
  await writeFile(at('gone/first'), 'old')
  await writeFile(at('second'), 'old')
  await window.arm(SSHD, 5, changing(write(at('gone/first')), write(at('second'))))
  await rm(at('gone'), { recursive: true })
  await writeFile(at('second'), 'new')

  const settled = await window.settle()

  expect(settled.how === 'reverted' && settled.problem.message).toMatch(/some changes could not be reverted: .*first/)
  expect(await readFile(at('second'), 'utf8')).toBe('old')
})

it.runIf(process.getuid?.() === 0)(
  'a confirm window keeps on disk what it could not revert for lack of space, and blocks further changes',
  async () => {
    const { window, path, at, system } = await scene(cutOff())
    await mkdir(at('disk'))
    await spawnProgram(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at('disk')])
    onTestFinished(async () => void (await spawnProgram(['umount', at('disk')])))
    await writeFile(at('disk/sshd_config'), 'old')
    await window.arm(SSHD, 1, changing(write(at('disk/sshd_config'))))
    await writeFile(at('disk/sshd_config'), 'new')
    await writeFile(at('disk/filler'), new Uint8Array(60 * 1024))

    expect(await window.settle()).toMatchObject({
      how: 'reverted',
      problem: { message: expect.stringContaining('some changes could not be reverted') },
    })
    await expect(window.arm(SSHD, 1, changing(write(at('other'))))).rejects.toMatchObject({
      problems: [{ code: 'CONFIRM_IMPOSSIBLE', message: expect.stringContaining('the disk is full') }],
    })
    await rm(at('disk/filler'))
    const armed = await readArmed(path)
    if (armed !== undefined) await putBack(armed, system)

    expect(await readFile(at('disk/sshd_config'), 'utf8')).toBe('old')
  },
)
