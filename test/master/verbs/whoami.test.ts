import { describe, expect, it } from 'vitest'
import { ALL_RIGHTS, type Rights } from '../../../master/access/caller.ts'
import { rightsOf } from '../../../master/access/rights.ts'
import { answerTo } from '../../../master/cli/commands/index.ts'
import { parseCommand } from '../../../master/cli/parse.ts'
import { PLAIN } from '../../../master/cli/render/style.ts'
import type { FleetMinion } from '../../../master/control/snapshot.ts'
import { parseTarget } from '../../../master/target/parse.ts'
import { RIGHTS } from '../../../master/verbs/rights.ts'
import { whatMayDo } from '../../../master/verbs/status.ts'

function minion(id: string, level: string, joined = true): FleetMinion {
  const known = joined ? { id, connected: true } : undefined
  return { id, known, roles: [], view: { id, roles: [], level, grains: {} } } as unknown as FleetMinion
}

const MINIONS = [minion('p1', 'production'), minion('s1', 'staging'), minion('s2', 'staging', false)]
const mayDo = (rights: Rights) => whatMayDo({ operator: 'anna', rights }, RIGHTS, MINIONS)

describe('whoami', () => {
  it('whoami lists verbs by the minions that the operator may use them on, and no minion that has not joined', () => {
    const rights = rightsOf(
      [
        { verbs: ['test'], target: parseTarget('*') },
        { verbs: ['apply'], target: parseTarget('level=staging') },
      ],
      RIGHTS,
    )

    expect(mayDo(rights)).toEqual({
      operator: 'anna',
      everywhere: ['names', 'overview', 'ssh-config', 'test', 'whoami'],
      somewhere: [{ verb: 'apply', minions: ['s1'] }],
    })
  })

  it('whoami lists every verb for the administrator', () => {
    expect(mayDo(ALL_RIGHTS).everywhere).toEqual([...RIGHTS.keys()].sort())
  })

  it('whoami names no minion to an operator without rights', () => {
    expect(mayDo(rightsOf([], RIGHTS)).somewhere).toEqual([])
  })

  it('`master whoami` calls the verb whoami and shows a line for each verb on some minions', async () => {
    const result = { operator: 'anna', everywhere: ['test'], somewhere: [{ verb: 'apply', minions: ['s1'] }] }

    expect(parseCommand(['whoami'], '1.2.3')).toMatchObject({ kind: 'call', call: { verb: 'whoami', input: {} } })
    expect(
      await answerTo('whoami').render(result as never, PLAIN, { output: 'text', detailed: false, quiet: false }, 0),
    ).toBe('you are anna\neverywhere: test\nVERB   MINIONS\napply  s1\n')
  })
})
