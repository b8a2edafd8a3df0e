import { expect, it } from 'vitest'
import { groupMembers } from '../../../states/group/members.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const OPS = { name: 'ops', members: ['bob', 'alice'] }

function hostWith(members: readonly string[] | undefined): FakeSystem {
  return createFakeSystem({
    groups: { ops: members === undefined ? undefined : { name: 'ops', gid: 10000, members } },
    run({ argv }, fake) {
      const names = (argv[2] ?? '').split(',').filter(name => name !== '')
      fake.setGroup('ops', { name: 'ops', gid: 10000, members: names })
      return argv[0] === 'gpasswd' && argv[1] === '--members' && argv[3] === 'ops'
    },
  })
}

it('group.members leaves a group with exactly these members unchanged, in any order', async () => {
  expect(await planState(groupMembers, OPS, hostWith(['alice', 'bob']))).toEqual([])
})

it('group.members removes undeclared members and adds missing ones', async () => {
  const { actions, left } = await applyState(groupMembers, OPS, hostWith(['bob', 'mallory']))

  expect(actions).toMatchObject([
    {
      summary: 'set the members of ops to alice,bob (adds alice, removes mallory)',
      argv: ['gpasswd', '--members', 'alice,bob', 'ops'],
    },
  ])
  expect(left).toEqual([])
})

it('group.members can set an empty list of members', async () => {
  const { actions, left } = await applyState(groupMembers, { ...OPS, members: [] }, hostWith(['mallory']))

  expect(actions).toMatchObject([
    { summary: 'set the members of ops to nobody (removes mallory)', argv: ['gpasswd', '--members', '', 'ops'] },
  ])
  expect(left).toEqual([])
})

it('group.members refuses a group that does not exist', async () => {
  await expect(planState(groupMembers, OPS, hostWith(undefined))).rejects.toMatchObject({
    problems: [{ code: 'OWNER_UNKNOWN', message: 'there is no group `ops` on this host' }],
  })
})

it('group.members does nothing when it is applied twice', async () => {
  const host = hostWith([])

  await applyState(groupMembers, OPS, host)

  expect((await applyState(groupMembers, OPS, host)).actions).toEqual([])
})
