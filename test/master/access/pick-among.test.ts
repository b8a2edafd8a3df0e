import { describe, expect, it } from 'vitest'
import type { Caller } from '../../../master/access/caller.ts'
import { pickAmong, pickOne } from '../../../master/access/pick-among.ts'
import { RightDenied } from '../../../master/access/right-denied.ts'
import { rightsOf } from '../../../master/access/rights.ts'
import type { FleetMinion } from '../../../master/control/snapshot.ts'
import { parseTarget } from '../../../master/target/parse.ts'
import { RIGHTS } from '../../../master/verbs/rights.ts'
import { AppError } from '../../../protocol/errors.ts'

type Pickable = Pick<FleetMinion, 'id' | 'view'>

function minion(id: string, level: string, role = 'web'): Pickable {
  return { id, view: { id, roles: [role], level, grains: { os: 'Debian' } } } as unknown as Pickable
}

const FLEET = [minion('web1', 'staging'), minion('web2', 'staging'), minion('vault1', 'production', 'vault')]
/** The same fleet for an operator who sees only staging. */
const VISIBLE = FLEET.slice(0, 2)

function anna(...grants: readonly (readonly [verb: string, target: string])[]): Caller {
  const rights = rightsOf(
    grants.map(([verb, target]) => ({ verbs: [verb], target: parseTarget(target) })),
    RIGHTS,
  )
  return { operator: 'anna', via: 'socket', rights }
}

/** Returns the complete outcome as one text. */
function answer(work: () => unknown): string {
  try {
    return JSON.stringify(work())
  } catch (thrown) {
    return JSON.stringify((thrown as AppError).problems)
  }
}

const STAGING = anna(['apply', 'level=staging'])

it('the answer for every target but `*` is the same whether or not a hidden minion exists', () => {
  const targets = ['vault1', 'id=vault1', 'web1 or vault1', 'v*', 'role=vault', 'role=web', 'level=production']
  const more = ['os=Debian', 'not level=staging', 'not id=web1', 'web1 or id=v*', 'not not vault1', 'vaul', 'valt1']
  for (const target of [...targets, ...more]) {
    const with_ = answer(() => pickAmong(STAGING, 'apply', target, FLEET))
    const without = answer(() => pickAmong(STAGING, 'apply', target, VISIBLE))
    expect([target, with_]).toEqual([target, without])
  }
})

it('a target that names a minion without a right is denied, and a pattern matches only visible minions', () => {
  expect(() => pickAmong(STAGING, 'apply', 'web1 or vault1', FLEET)).toThrow('anna may not `apply` on vault1')
  expect(() => pickAmong(STAGING, 'apply', 'nobody', FLEET)).toThrow('anna may not `apply` on nobody')
  expect(pickAmong(STAGING, 'apply', 'os=Debian', FLEET).map(({ id }) => id)).toEqual(['web1', 'web2'])
  expect(() => pickAmong(STAGING, 'apply', 'role=vault', FLEET)).toThrow('`role=vault` matches none of 2 minions')
})

it('the denial for `*` reveals no names or numbers of hidden minions, and the log records them', () => {
  const refused = (): unknown => pickAmong(STAGING, 'apply', '*', FLEET)

  expect(refused).toThrow(RightDenied)
  expect(answer(refused)).not.toMatch(/vault|\d/)
  try {
    refused()
  } catch (thrown) {
    expect((thrown as RightDenied).denied).toEqual([{ verb: 'apply', minions: ['vault1'] }])
  }
  expect(pickAmong(STAGING, 'apply', '*', VISIBLE).length).toBe(2)
})

it('a denied target suggests only minions that the operator can see', () => {
  expect(answer(() => pickAmong(STAGING, 'apply', 'wb1', FLEET))).toContain('Did you mean `web1`?')
  expect(answer(() => pickAmong(STAGING, 'apply', 'vault2', FLEET))).not.toContain('vault1')
})

it('a denied target names visible minions on which the operator lacks the right', () => {
  const caller = anna(['report', 'level=staging'], ['apply', 'web1'])

  expect(() => pickAmong(caller, 'apply', 'role=web', FLEET)).toThrow('anna may not `apply` on web2')
})

it('an operator who can see all minions is told when a target matches none', () => {
  const caller = anna(['report', '*'], ['apply', 'level=staging'])

  expect(() => pickAmong(caller, 'apply', 'nobody', FLEET)).toThrow('`nobody` matches none of 3 minions')
  expect(() => pickAmong(caller, 'apply', '*', FLEET)).toThrow('anna may not `apply` on vault1')
})

describe('groups and conditions', () => {
  const groups = new Map([
    ['edge', { target: parseTarget('web1,vault1') }],
    ['web2', { target: parseTarget('web1') }],
    ['vault1', { target: parseTarget('web1') }],
  ])

  it('select visible minions only, and name no hidden one', () => {
    const fleet = FLEET.map(one => ({ ...one, view: { ...one.view, conditions: new Set(['failed'] as const) } }))

    expect(pickAmong(STAGING, 'apply', 'edge', FLEET, groups).map(({ id }) => id)).toEqual(['web1'])
    expect(pickAmong(STAGING, 'apply', 'failed', fleet, groups).map(({ id }) => id)).toEqual(['web1', 'web2'])
    for (const target of ['edge', 'failed', 'not failed', 'group=edge not web1', 'edge or failed']) {
      const with_ = answer(() => pickAmong(STAGING, 'apply', target, fleet, groups))
      const without = answer(() => pickAmong(STAGING, 'apply', target, fleet.slice(0, 2), groups))
      expect([target, with_]).toEqual([target, without])
    }
  })

  it('groups and conditions are refused where a word is a group and a minion that the caller sees', () => {
    expect(() => pickAmong(STAGING, 'apply', 'web2', FLEET, groups)).toThrow(
      '`web2` is a group of fleet.yml and a minion',
    )
    expect(pickAmong(STAGING, 'apply', 'group=web2', FLEET, groups).map(({ id }) => id)).toEqual(['web1'])
    expect(pickAmong(STAGING, 'apply', 'id=web2', FLEET, groups).map(({ id }) => id)).toEqual(['web2'])
    // Of a hidden minion nothing is said.
    expect(pickAmong(STAGING, 'apply', 'vault1', FLEET, groups).map(({ id }) => id)).toEqual(['web1'])
  })
})

describe('a target that names minions', () => {
  const everywhere = anna(['apply', '*'])

  it('a target that names minions picks all of them or is refused, so a mistyped id is never left out silently', () => {
    const picked = pickAmong(everywhere, 'apply', 'web1,vault1', FLEET).map(({ id }) => id)

    expect(picked).toEqual(['web1', 'vault1'])
    expect(() => pickAmong(everywhere, 'apply', 'web1,wbe2', FLEET)).toThrow('no minion is named `wbe2`')
    expect(() => pickAmong(everywhere, 'apply', 'web1 or wbe2', FLEET)).toThrow('no minion is named `wbe2`')
    expect(pickAmong(everywhere, 'apply', '* not wbe2', FLEET)).toHaveLength(3)
  })

  it('a target that names minions picks those that are left when a schedule asks for it', () => {
    const schedule: Caller = { ...everywhere, via: 'schedule' }

    expect(pickAmong(schedule, 'apply', 'web1,web9', FLEET).map(({ id }) => id)).toEqual(['web1'])
    expect(() => pickAmong(schedule, 'apply', 'web8,web9', FLEET)).toThrow('matches none of 3 minions')
  })
})

it('a hidden minion gives the same answer as one that does not exist', () => {
  for (const id of ['vault1', 'VAULT1', 'vault2']) {
    expect(answer(() => pickOne(STAGING, 'render', id, FLEET))).toBe(
      answer(() => pickOne(STAGING, 'render', id, VISIBLE)),
    )
  }
  expect(() => pickOne(STAGING, 'render', 'vault1', FLEET)).toThrow('anna may not `render` on vault1')
  expect(() => pickOne(anna(['render', '*']), 'render', 'nobody', FLEET)).toThrow('no minion is named `nobody`')
  expect(pickOne(anna(['render', '*']), 'render', 'web1', FLEET).id).toBe('web1')
})
