import { expect, it } from 'vitest'
import { Secret } from '../../../protocol/secret.ts'
import type { UserAccount } from '../../../states/system.ts'
import { userPresent } from '../../../states/user/present.ts'
import { applyState, bindState, planState, secretParam } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem, type RunAction } from '../../fake/fake-system.ts'

const HASH = '$y$j9T$abcdefgh$0123456789'
const ALICE = {
  name: 'alice',
  uid: 2001,
  groups: ['sudo', 'ops'],
  shell: '/bin/bash',
  fullname: 'Alice_A',
  password: secretParam(HASH),
}
const account: UserAccount = {
  name: 'alice',
  uid: 2001,
  gid: 2001,
  group: 'alice',
  gecos: 'Alice_A,,,',
  home: '/home/alice',
  shell: '/bin/bash',
  groups: ['ops', 'sudo'],
}

/** A host where useradd(8), usermod(8) and chpasswd(8) do as much as these tests need. */
function hostWith(user: UserAccount | undefined, shadow = '!', holder = ''): FakeSystem {
  let hash = shadow
  const run = ({ argv, stdin }: RunAction, fake: FakeSystem): boolean => {
    const [program] = argv
    const of = (option: string): string | undefined => argv[argv.indexOf(option) + 1]
    const has = (option: string): boolean => argv.includes(option)
    if (program === 'chpasswd') {
      hash = fake.inputs.at(-1)?.trim().split(':')[1] ?? ''
      return stdin instanceof Secret
    }
    if (program !== 'useradd' && program !== 'usermod') return false
    const before = program === 'useradd' ? { ...account, gecos: '', shell: '/bin/sh', groups: [] } : (user ?? account)
    fake.setUser('alice', {
      ...before,
      uid: has('--uid') ? Number(of('--uid')) : before.uid,
      gecos: has('--comment') ? (of('--comment') ?? '') : before.gecos,
      shell: has('--shell') ? (of('--shell') ?? '') : before.shell,
      groups: has('--groups') ? (of('--groups') ?? '').split(',') : before.groups,
    })
    return true
  }
  return createFakeSystem({
    users: { alice: user },
    groups: { alice: undefined },
    query(argv) {
      if (argv.join(' ') === 'getent passwd 2001')
        return { exitCode: holder === '' ? 2 : 0, stdout: holder, stderr: '' }
      return argv.join(' ') === 'getent shadow alice' ? `alice:${hash}:19000:0:99999:7:::\n` : undefined
    },
    run,
  })
}

it('user.present creates a missing user and passes the password hash by stdin', async () => {
  const { actions, left } = await applyState(userPresent, ALICE, hostWith(undefined))

  expect(actions.map(action => (action as RunAction).argv)).toEqual([
    'useradd --create-home --uid 2001 --groups ops,sudo --shell /bin/bash --comment Alice_A alice'.split(' '),
    ['chpasswd', '--encrypted'],
  ])
  expect(left).toEqual([])
})

it('user.present leaves a correct user unchanged', async () => {
  expect(await planState(userPresent, ALICE, hostWith(account, HASH))).toEqual([])
})

it('user.present corrects only what drifted', async () => {
  const drifted = { ...account, shell: '/bin/sh', groups: ['ops', 'docker'] }

  const { actions, left } = await applyState(userPresent, ALICE, hostWith(drifted, HASH))

  expect(actions).toEqual([
    {
      do: 'run',
      summary: 'change the user alice: shell /bin/bash, groups ops,sudo',
      argv: ['usermod', '--shell', '/bin/bash', '--groups', 'ops,sudo', 'alice'],
    },
  ])
  expect(left).toEqual([])
})

it('user.present with `remove_groups: false` adds groups and keeps others', async () => {
  const drifted = { ...account, groups: ['docker'] }
  const params = { ...ALICE, remove_groups: false }

  const { actions, left } = await applyState(userPresent, params, hostWith(drifted, HASH))

  expect(actions).toMatchObject([{ argv: ['usermod', '--groups', 'docker,ops,sudo', 'alice'] }])
  expect(left).toEqual([])
})

it('user.present sets only the password when only that differs', async () => {
  const { actions, left } = await applyState(userPresent, ALICE, hostWith(account, '$y$old$old'))

  expect(actions).toMatchObject([{ summary: 'set the password of alice' }])
  expect(left).toEqual([])
})

it('user.present refuses a uid that another user has and a password that is not a hash', async () => {
  const taken = hostWith(undefined, '!', 'bob:x:2001:2001::/home/bob:/bin/sh\n')

  await expect(planState(userPresent, ALICE, taken)).rejects.toThrow('`alice` must have the uid 2001, but `bob` has it')
  const clear = planState(userPresent, { name: 'alice', password: secretParam('hunter2') }, hostWith(account))
  await expect(clear).rejects.toMatchObject({ problems: [{ hint: expect.stringContaining('mkpasswd') }] })
  await expect(clear).rejects.not.toThrow('hunter2')
})

it('user.present rejects a clear-text password before it reaches a host, and does not show it', () => {
  const bind = (password: string) => () => bindState(userPresent, { name: 'alice', password })

  expect(bind('hunter2')).toThrow('mkpasswd')
  expect(bind('hunter2')).not.toThrow('hunter2')
  expect(bind('!')).not.toThrow()
  expect(bind('$y$j9T$abc$def')).not.toThrow()
})

it('user.present uses an existing group of the same name', async () => {
  const host = createFakeSystem({
    users: { alice: undefined },
    groups: { alice: { name: 'alice', gid: 5, members: [] } },
  })

  expect(await planState(userPresent, { name: 'alice' }, host)).toMatchObject([
    { argv: ['useradd', '--create-home', '--gid', 'alice', 'alice'] },
  ])
})

it('user.present does nothing when it is applied twice', async () => {
  const host = hostWith(undefined)

  await applyState(userPresent, ALICE, host)

  expect((await applyState(userPresent, ALICE, host)).actions).toEqual([])
})

it('user.present accepts a full name with a comma when it is the whole comment', async () => {
  const params = { ...ALICE, fullname: 'Erik Müller, Büro 5' }
  const host = hostWith(account, HASH)

  expect((await applyState(userPresent, params, host)).left).toEqual([])
  expect(
    await planState(userPresent, params, hostWith({ ...account, gecos: 'Erik Müller,Büro 5' }, HASH)),
  ).toHaveLength(1)
})

it.each(['Anna.Smith', 'ANNA', 'a.b-c_d'])('user.present accepts the name %s, as useradd(8) of Debian does', name => {
  expect(userPresent.check({ name }).ok).toBe(true)
})

it.each(['-a', '.a', 'a b', 'a:b', '1a', 'a/b', 'ä'])('user.present rejects the name %s', name => {
  expect(userPresent.check({ name }).ok).toBe(false)
})
