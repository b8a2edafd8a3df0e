import { expect, it } from 'vitest'
import { renderOverview } from '../../../master/cli/render/overview.ts'
import { PLAIN } from '../../../master/cli/render/style.ts'
import type { OverviewResult } from '../../../master/verbs/overview.ts'

const AT = '2026-11-21T03:00:00.000Z'
const OVERVIEW: OverviewResult = {
  fleet: 'lab',
  master: 'm1',
  version: '1.2.3',
  operator: 'anna',
  levels: [
    { level: 'production', minions: 2, online: 1 },
    { level: 'staging', minions: 1, online: 1 },
  ],
  minions: { accepted: 3, connected: 2 },
  offline: [{ minion: 'web1', since: AT }],
  pending: [
    { minion: 'new1', fingerprint: 'SHA256:abc' },
    { minion: 'db2', fingerprint: 'SHA256:def', usedTwiceAt: AT },
  ],
  failed: 1,
  failures: [
    {
      minion: 'db1',
      run: 'run-1',
      job: 'job-1',
      verb: 'apply',
      state: 'failed',
      at: AT,
      code: 'NO_CATALOG',
      message: 'none',
    },
  ],
}

it('the overview lists levels, offline minions, pending keys and failures', () => {
  expect(renderOverview(OVERVIEW, PLAIN)).toBe(`lab on m1, version 1.2.3; you are anna

  PRODUCTION  1 of 2 online
  STAGING     1 of 1 online
  all         2 of 3 online

  offline
    web1  since 2026-11-21 03:00:00 UTC

  pending keys
    new1  SHA256:abc
    db2  SHA256:def  used by two hosts at 2026-11-21 03:00:00 UTC

  recent failures
    db1  apply 2026-11-21 03:00:00 UTC  NO_CATALOG: none
`)
})

it('the overview is short when all is well, and omits what its reader cannot see', () => {
  const { pending: _, failures: __, failed: ___, ...seen } = OVERVIEW
  const well = {
    ...seen,
    levels: [{ level: 'staging', minions: 3, online: 3 }],
    minions: { accepted: 3, connected: 3 },
    offline: [],
  }

  expect(renderOverview(well, PLAIN)).toBe('lab on m1, version 1.2.3; you are anna\n\n  STAGING  3 of 3 online\n')
})

it('the overview lists five offline minions and the number of the others', () => {
  const offline = Array.from({ length: 8 }, (_, at) => ({ minion: `web${at}` }))

  expect(renderOverview({ ...OVERVIEW, offline }, PLAIN)).toMatch(/ {4}web4 {2}never connected\n {4}and 3 more\n/)
})

it('the overview escapes control sequences in text from a minion', () => {
  const [failure] = OVERVIEW.failures ?? []
  if (failure === undefined) throw new Error('the example has a failure')
  const failures = [{ ...failure, message: '\u001b[2Jx' }]

  expect(renderOverview({ ...OVERVIEW, failures }, PLAIN)).toContain('\\x1b[2Jx')
})
