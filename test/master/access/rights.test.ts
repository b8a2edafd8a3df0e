import { expect, it } from 'vitest'
import type { Rights } from '../../../master/access/caller.ts'
import { holdRights, rightsOf } from '../../../master/access/rights.ts'
import type { TargetView } from '../../../master/target/match.ts'
import { parseTarget } from '../../../master/target/parse.ts'
import { VERBS } from '../../../master/verbs/index.ts'
import { RIGHTS } from '../../../master/verbs/rights.ts'

const STAGING: TargetView = { id: 's1', roles: ['db'], level: 'staging', grains: {} }
const PRODUCTION: TargetView = { id: 'p1', roles: ['db'], level: 'production', grains: { os: 'Debian' } }

function rights(...grants: readonly (readonly [verbs: readonly string[], target: string])[]): Rights {
  return rightsOf(
    grants.map(([verbs, target]) => ({ verbs, target: parseTarget(target) })),
    RIGHTS,
  )
}

it('every verb that shows a secret or makes a change without its own event is recorded in the log', () => {
  const noted = VERBS.flatMap(({ name, right }) => ('noted' in right ? [name] : []))

  expect(noted).toEqual(expect.arrayContaining(['pillar-get', 'pillar-set', 'job-cancel']))
})

it('rights allow nothing that no grant names', () => {
  const none = rights()
  for (const [verb, { on }] of RIGHTS) {
    expect([verb, none.allows(verb)]).toEqual([verb, on === 'public'])
    expect([verb, none.allowsOn(verb, STAGING), none.everywhere(verb)]).toEqual([verb, false, false])
  }
  expect(none.allows('toString')).toBe(false)
})

it('rights apply only to the minions of their target', () => {
  const some = rights([['test', 'report'], '*'], [['render'], 'level=staging'])

  expect([some.allowsOn('test', PRODUCTION), some.allowsOn('render', PRODUCTION)]).toEqual([true, false])
  expect([some.allowsOn('render', STAGING), some.allowsOn('apply', STAGING)]).toEqual([true, false])
  expect([some.everywhere('report'), some.everywhere('render')]).toEqual([true, false])
})

it('a right on part of the fleet never allows a verb that concerns the whole fleet', () => {
  const part = rights([['*'], 'level=staging'])
  const all = rights([['*'], '*'])
  for (const [verb, { on }] of RIGHTS) {
    expect([verb, part.allows(verb)]).toEqual([verb, on !== 'fleet'])
    expect([verb, all.allows(verb)]).toEqual([verb, true])
  }
})

it('the right `look` allows the verbs that change nothing and show no secret', () => {
  const look = rights([['look'], '*'])
  const looking = [...RIGHTS.keys()].filter(verb => look.allows(verb))

  expect(looking).toEqual(expect.arrayContaining(['minions', 'report', 'jobs', 'events', 'audit', 'status', 'keys']))
  for (const verb of ['apply', 'pillar-get', 'pillar-set', 'key-accept', 'token-create', 'job-cancel']) {
    expect([verb, look.allows(verb)]).toEqual([verb, false])
  }
})

it('held rights report which right was revoked, and on which minion', () => {
  let now = rights([['test'], '*'])
  const held = holdRights({
    allows: verb => now.allows(verb),
    allowsOn: (verb, minion) => now.allowsOn(verb, minion),
    everywhere: verb => now.everywhere(verb),
    sees: minion => now.sees(minion),
    seesAll: () => now.seesAll(),
    needsFleet: verb => now.needsFleet(verb),
  })
  expect([held.allows('test'), held.allowsOn('test', PRODUCTION), held.allows('apply')]).toEqual([true, true, false])
  expect(held.lost()).toBeUndefined()

  now = rights([['test'], 'level=staging'])
  expect(held.lost()).toEqual({ verb: 'test', minions: ['p1'] })
  now = rights()
  expect(held.lost()).toEqual({ verb: 'test', minions: [] })
  now = rights([['test'], '*'])
  expect(held.lost()).toBeUndefined()
})
