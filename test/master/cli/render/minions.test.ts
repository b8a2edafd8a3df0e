import { expect, it } from 'vitest'
import { renderMinions } from '../../../../master/cli/render/minions.ts'
import { PLAIN } from '../../../../master/cli/render/style.ts'
import type { MinionRow } from '../../../../master/verbs/minions.ts'

const AT = '2026-11-21T10:00:00.000Z'
const WEB: MinionRow = {
  minion: 'web1',
  key: 'accepted',
  connected: true,
  level: 'staging',
  roles: ['base', 'web'],
  os: 'debian',
  address: '10.0.0.1',
  version: '0.9.0',
  lastRun: { run: 'run-1', verb: 'apply', state: 'done', at: AT },
  drift: { run: 'run-1', states: 0, at: AT },
}

it('the list of minions shows where each is, what it has, what it runs and what drifted', () => {
  const rows = [
    WEB,
    { ...WEB, minion: 'web2', drift: { run: 'run-2', states: 3, at: AT } },
    { minion: 'db1', key: 'none', connected: false, roles: ['db'] } as const,
  ]
  expect(renderMinions(rows, PLAIN)).toBe(
    `MINION  LINK             LEVEL    ROLES     ADDRESS   VERSION  OFFLINE SINCE (UTC)  LAST RUN  RUN AT (UTC)         DRIFT
db1     never connected  -        db        -         -        -                    -         -                    -
web1    online           staging  base,web  10.0.0.1  0.9.0    -                    done      2026-11-21 10:00:00  none
web2    online           staging  base,web  10.0.0.1  0.9.0    -                    done      2026-11-21 10:00:00  3 states
`,
  )
})

it('the list of minions notes minions without roles, to which an apply does nothing', () => {
  const bare = ['a1', 'a2'].map((minion): MinionRow => ({ minion, key: 'accepted', connected: true, roles: [] }))

  expect(renderMinions([WEB, ...bare.slice(0, 1)], PLAIN)).toContain(
    'note  a1 has no roles, so an apply does nothing there',
  )
  expect(renderMinions(bare, PLAIN)).toContain('note  a1 and a2 have no roles')
  expect(renderMinions([WEB], PLAIN)).not.toContain('note')
})

it('the list of minions is in natural order, and on a terminal names three of many roles', () => {
  const roles = ['base', 'web', 'users', 'ssh', 'time', 'dns']
  const rows = ['web10', 'web2'].map(minion => ({ minion, key: 'accepted', connected: true, roles }) as MinionRow)

  const [, first, second] = renderMinions(rows, { ...PLAIN, width: 100 }).split('\n')
  expect(first).toMatch(/^web2 .*base,web,users and 3 more/)
  expect(second).toMatch(/^web10 /)
  expect(renderMinions(rows, PLAIN)).toContain('base,web,users,ssh,time,dns')
})

it('the command below the list of minions stays on one line, so that it can be copied', () => {
  const failed = { run: 'run-1', verb: 'apply', state: 'failed', at: AT } as const
  const rows = ['web4', 'web9', 'web17'].map((minion): MinionRow => ({ ...WEB, minion, lastRun: failed }))
  const lines = [60, 74, 80, 84, 90].map(width =>
    renderMinions(rows, { ...PLAIN, width })
      .trimEnd()
      .split('\n'),
  )

  expect(lines.filter(all => !all.some(line => line.includes('master report web4')))).toEqual([])
})

it('the line below the list of minions names the verb that failed, if it is the same on all', () => {
  const failed = (minion: string, verb: 'apply' | 'test'): MinionRow => {
    return { ...WEB, minion, lastRun: { run: 'run-1', verb, state: 'failed', at: AT } }
  }
  const sum = (...rows: readonly MinionRow[]): string | undefined =>
    renderMinions(rows, { ...PLAIN, width: 140 })
      .trimEnd()
      .split('\n')
      .at(-1)

  expect(sum(failed('web4', 'test'))).toBe('1 minion, 1 online  the last test failed on web4: master report web4')
  expect(sum(failed('web4', 'apply'), failed('web9', 'apply'))).toContain(
    'the last apply failed on web4 and web9; for example:',
  )
  expect(sum(failed('web4', 'apply'), failed('web9', 'test'))).toContain(
    'the last run failed on web4 and web9; for example:',
  )
})
