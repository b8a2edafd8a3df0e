import { expect, it } from 'vitest'
import { userAbsent } from '../../../states/user/absent.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const ANNA = {
  name: 'anna',
  uid: 1000,
  gid: 1000,
  group: 'anna',
  gecos: '',
  home: '/home/anna',
  shell: '/bin/sh',
  groups: [],
}

function hostWith(account: typeof ANNA | undefined): FakeSystem {
  return createFakeSystem({
    users: { anna: account },
    run: ({ argv }, fake) => {
      if (argv[0] !== 'userdel') return false
      fake.setUser('anna', undefined)
      return true
    },
  })
}

it('user.absent does nothing on a host without the user', async () => {
  expect(await planState(userAbsent, { name: 'anna' }, hostWith(undefined))).toEqual([])
})

it('user.absent removes the user and keeps the home directory', async () => {
  const { actions, left } = await applyState(userAbsent, { name: 'anna' }, hostWith(ANNA))

  expect(actions).toMatchObject([{ do: 'run', argv: ['userdel', 'anna'] }])
  expect(left).toEqual([])
})

it('user.absent with purge removes the home directory too', async () => {
  const { actions } = await applyState(userAbsent, { name: 'anna', purge: true }, hostWith(ANNA))

  expect(actions).toMatchObject([{ argv: ['userdel', '--remove', 'anna'] }])
})

it('user.absent refuses to remove root', () => {
  expect(userAbsent.check({ name: 'root' })).toMatchObject({ ok: false, faults: [{ code: 'PARAM_INVALID' }] })
})

it('user.absent does nothing when it is applied twice', async () => {
  const host = hostWith(ANNA)
  await applyState(userAbsent, { name: 'anna' }, host)

  expect((await applyState(userAbsent, { name: 'anna' }, host)).actions).toEqual([])
})
