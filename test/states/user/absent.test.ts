import { describe, expect, it } from 'vitest'
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

describe('user.absent', () => {
  it('has nothing to do on a host that never had the user', async () => {
    expect(await planState(userAbsent, { name: 'anna' }, hostWith(undefined))).toEqual([])
  })

  it('removes the user, and leaves the home to its files', async () => {
    const { actions, left } = await applyState(userAbsent, { name: 'anna' }, hostWith(ANNA))

    expect(actions).toMatchObject([{ do: 'run', argv: ['userdel', 'anna'] }])
    expect(left).toEqual([])
  })

  it('removes the home too when that is wanted', async () => {
    const { actions } = await applyState(userAbsent, { name: 'anna', purge: true }, hostWith(ANNA))

    expect(actions).toMatchObject([{ argv: ['userdel', '--remove', 'anna'] }])
  })

  it('never removes root', () => {
    expect(userAbsent.check({ name: 'root' })).toMatchObject({ ok: false, faults: [{ code: 'PARAM_INVALID' }] })
  })

  it('does nothing when it is applied twice', async () => {
    const host = hostWith(ANNA)
    await applyState(userAbsent, { name: 'anna' }, host)

    expect((await applyState(userAbsent, { name: 'anna' }, host)).actions).toEqual([])
  })
})
