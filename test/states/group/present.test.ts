import { expect, it } from 'vitest'
import { groupPresent } from '../../../states/group/present.ts'
import type { GroupEntry } from '../../../states/system.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const OPS = { name: 'ops', gid: 10000, members: ['bob', 'alice'] }
const right: GroupEntry = { name: 'ops', gid: 10000, members: ['alice', 'bob'] }

function hostWith(group: GroupEntry | undefined, holder = ''): FakeSystem {
  let now = group
  return createFakeSystem({
    groups: { ops: group },
    query: argv => (argv.join(' ') === 'getent group 10000' ? holder : undefined),
    run({ argv }, fake) {
      const before = now ?? { name: 'ops', gid: 999, members: [] }
      const gid = argv.includes('--gid') ? Number(argv[argv.indexOf('--gid') + 1]) : before.gid
      const members = argv[0] === 'gpasswd' ? (argv[2] ?? '').split(',').filter(name => name !== '') : before.members
      now = { name: 'ops', gid, members }
      fake.setGroup('ops', now)
      return ['groupadd', 'groupmod', 'gpasswd'].includes(argv[0] ?? '') && argv.at(-1) === 'ops'
    },
  })
}

it('group.present creates a missing group with its members', async () => {
  const { actions, left } = await applyState(groupPresent, OPS, hostWith(undefined))

  expect(actions).toMatchObject([
    { argv: ['groupadd', '--gid', '10000', 'ops'] },
    { argv: ['gpasswd', '--members', 'alice,bob', 'ops'] },
  ])
  expect(left).toEqual([])
})

it('group.present leaves a correct group unchanged, and members that are not declared', async () => {
  expect(await planState(groupPresent, OPS, hostWith(right))).toEqual([])
  expect(await planState(groupPresent, { name: 'ops' }, hostWith(right))).toEqual([])
})

it('group.present corrects gid and members', async () => {
  const { actions, left } = await applyState(groupPresent, { ...OPS, members: [] }, hostWith({ ...right, gid: 7 }))

  expect(actions).toMatchObject([
    { argv: ['groupmod', '--gid', '10000', 'ops'] },
    { argv: ['gpasswd', '--members', '', 'ops'] },
  ])
  expect(left).toEqual([])
})

it('group.present removes an undeclared member', async () => {
  const { actions, left } = await applyState(
    groupPresent,
    OPS,
    hostWith({ ...right, members: ['alice', 'bob', 'mallory'] }),
  )

  expect(actions).toMatchObject([{ argv: ['gpasswd', '--members', 'alice,bob', 'ops'] }])
  expect(left).toEqual([])
})

it('group.present refuses a gid that another group has', async () => {
  await expect(planState(groupPresent, OPS, hostWith(undefined, 'staff:x:10000:\n'))).rejects.toMatchObject({
    problems: [{ code: 'ID_TAKEN', message: '`ops` must have the gid 10000, but `staff` has it' }],
  })
})

it('group.present does nothing when it is applied twice', async () => {
  const host = hostWith(undefined)

  await applyState(groupPresent, OPS, host)

  expect((await applyState(groupPresent, OPS, host)).actions).toEqual([])
})
