import { expect, it } from 'vitest'
import { groupAbsent } from '../../../states/group/absent.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

function hostWith(there: boolean): FakeSystem {
  return createFakeSystem({
    groups: { web: there ? { name: 'web', gid: 900, members: ['anna'] } : undefined },
    run: ({ argv }, fake) => {
      if (argv[0] !== 'groupdel') return false
      fake.setGroup('web', undefined)
      return true
    },
  })
}

it('group.absent does nothing on a host without the group', async () => {
  expect(await planState(groupAbsent, { name: 'web' }, hostWith(false))).toEqual([])
})

it('group.absent removes the group even if it has members', async () => {
  const { actions, left } = await applyState(groupAbsent, { name: 'web' }, hostWith(true))

  expect(actions).toMatchObject([{ do: 'run', argv: ['groupdel', 'web'] }])
  expect(left).toEqual([])
})

it('group.absent refuses to remove root', () => {
  expect(groupAbsent.check({ name: 'root' })).toMatchObject({ ok: false, faults: [{ code: 'PARAM_INVALID' }] })
})

it('group.absent does nothing when it is applied twice', async () => {
  const host = hostWith(true)
  await applyState(groupAbsent, { name: 'web' }, host)

  expect((await applyState(groupAbsent, { name: 'web' }, host)).actions).toEqual([])
})
