import { describe, expect, it } from 'vitest'
import { blobOf } from '../../../states/lib/authorized-keys.ts'
import { sshAuthAbsent } from '../../../states/ssh_auth/absent.ts'
import { sshAuthExclusive } from '../../../states/ssh_auth/exclusive.ts'
import { sshAuthPresent } from '../../../states/ssh_auth/present.ts'
import type { UserAccount } from '../../../states/system.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const ANNA: UserAccount = {
  name: 'anna',
  uid: 10001,
  gid: 10001,
  group: 'anna',
  gecos: '',
  home: '/home/anna',
  shell: '/bin/bash',
  groups: [],
}
const FILE = '/home/anna/.ssh/authorized_keys'
const OLD = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOld anna@old'
const NEW = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINew anna@laptop'
const EXCLUSIVE = { name: 'anna', keys: [NEW] }

function hostWith(file: FakeEntry | undefined, user: UserAccount | undefined = ANNA): FakeSystem {
  const directory = { directory: true, mode: '0700', owner: 'anna', group: 'anna' } as const
  return createFakeSystem({
    users: { anna: user },
    files: {
      '/home/anna': { directory: true },
      '/home/anna/.ssh': file === undefined ? undefined : directory,
      [FILE]: file,
    },
  })
}

const keys = (...lines: readonly string[]): FakeEntry => {
  return { content: lines.map(line => `${line}\n`).join(''), mode: '0600', owner: 'anna', group: 'anna' }
}

it('ssh_auth.exclusive creates directory and file, private to the user', async () => {
  const { actions, left } = await applyState(sshAuthExclusive, EXCLUSIVE, hostWith(undefined))

  expect(actions).toMatchObject([
    { do: 'make-directory', path: '/home/anna/.ssh', mode: '0700', owner: 'anna', group: 'anna' },
    { do: 'write-file', path: FILE, content: `${NEW}\n`, mode: '0600', owner: 'anna' },
  ])
  expect(left).toEqual([])
})

it('ssh_auth.exclusive leaves a correct file unchanged', async () => {
  expect(await planState(sshAuthExclusive, EXCLUSIVE, hostWith(keys(NEW)))).toEqual([])
})

it('ssh_auth.exclusive removes undeclared keys and corrects owner and mode', async () => {
  const added = await planState(sshAuthExclusive, EXCLUSIVE, hostWith(keys(NEW, OLD)))
  const opened = await planState(sshAuthExclusive, EXCLUSIVE, hostWith({ ...keys(NEW), mode: '0644', owner: 'root' }))

  expect(added).toMatchObject([{ do: 'write-file', content: `${NEW}\n` }])
  expect(opened.map(action => action.do)).toEqual(['set-owner', 'set-mode'])
})

it('ssh_auth.exclusive refuses a symlink at its path and a user that does not exist', async () => {
  const linked = planState(sshAuthExclusive, EXCLUSIVE, hostWith({ target: '/etc/shadow' }))
  await expect(linked).rejects.toMatchObject({ problems: [{ code: 'PATH_TAKEN' }] })
  const nobody = createFakeSystem({ users: { anna: undefined } })
  await expect(planState(sshAuthExclusive, EXCLUSIVE, nobody)).rejects.toMatchObject({
    problems: [{ code: 'OWNER_UNKNOWN' }],
  })
})

it('ssh_auth.exclusive does nothing when it is applied twice', async () => {
  const host = hostWith(keys(OLD))

  await applyState(sshAuthExclusive, EXCLUSIVE, host)

  expect((await applyState(sshAuthExclusive, EXCLUSIVE, host)).actions).toEqual([])
})

it('ssh_auth.exclusive rejects an invalid key', () => {
  const checked = sshAuthExclusive.check({ name: 'anna', keys: ['ssh-ed25519 nonsense'] })

  expect(checked).toMatchObject({ ok: false, faults: [{ code: 'PARAM_INVALID' }] })
  expect(blobOf(`from="10.0.0.0/8",command="echo \\"a b\\"" ${NEW}`)).toBe('AAAAC3NzaC1lZDI1NTE5AAAAINew')
  expect(blobOf('a b ssh-ed25519 AAAA')).toBeUndefined()
})

describe('ssh_auth.present and ssh_auth.absent', () => {
  const present = { name: NEW, user: 'anna' }

  it('ssh_auth.present and ssh_auth.absent add and remove one key and keep the others', async () => {
    const host = hostWith(keys(OLD))

    await applyState(sshAuthPresent, present, host)
    expect(await host.readText(FILE)).toBe(`${OLD}\n${NEW}\n`)
    expect((await applyState(sshAuthPresent, present, host)).actions).toEqual([])

    await applyState(sshAuthAbsent, present, host)
    expect(await host.readText(FILE)).toBe(`${OLD}\n`)
    expect((await applyState(sshAuthAbsent, present, host)).actions).toEqual([])
  })

  it('ssh_auth.present identifies a key without options and comment and replaces these in place', async () => {
    const host = hostWith(keys(`restrict ${NEW}`, OLD))

    const { actions } = await applyState(sshAuthPresent, present, host)

    expect(actions).toMatchObject([{ do: 'write-file', content: `${NEW}\n${OLD}\n` }])
  })

  it('ssh_auth.present and ssh_auth.absent work without a file and refuse a symlink or directory at its path', async () => {
    expect((await applyState(sshAuthPresent, present, hostWith(undefined))).left).toEqual([])
    expect(await planState(sshAuthAbsent, present, hostWith(undefined))).toEqual([])
    await expect(planState(sshAuthPresent, present, hostWith({ directory: true }))).rejects.toMatchObject({
      problems: [{ code: 'PATH_TAKEN' }],
    })
  })
})
