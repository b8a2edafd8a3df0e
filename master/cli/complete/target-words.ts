import { GRAIN_NAMES } from '../../../protocol/grain-names.ts'
import type { FleetFacts } from './facts.ts'

const CONDITIONS = ['online', 'offline', 'failed', 'outdated']
const FIELDS = ['role=', 'level=', 'id=', 'os=', 'group=', 'grain.']

/** What a tab offers for a target word, `earlier` being the words before it. Pure. */
export function targetWords(earlier: readonly string[], typed: string, facts: FleetFacts): readonly string[] {
  const brackets = /^\(*/.exec(typed)?.[0] ?? ''
  const word = typed.slice(brackets.length)
  return wordsFor(earlier, word, brackets !== '', facts).map(text => `${brackets}${text}`)
}

function wordsFor(earlier: readonly string[], word: string, isOpened: boolean, facts: FleetFacts): readonly string[] {
  const [, field, listed = ''] = /^([a-z]+)=(.*,)?/.exec(word) ?? []
  if (field !== undefined) {
    const values = valuesOf(field, facts)
    return withoutListed(values, listed).map(value => `${field}=${listed}${value}`)
  }
  if (word.startsWith('grain.')) return GRAIN_NAMES.map(grain => `grain.${grain}=`)
  const ids = [...facts.minions, ...facts.groups]
  const cut = word.lastIndexOf(',') + 1
  if (cut > 0) return withoutListed(ids, word.slice(0, cut)).map(id => `${word.slice(0, cut)}${id}`)
  const before = earlier.at(-1)
  const begins = before === undefined || /^(?:and|or|not|\()$/.test(before) || isOpened
  const operators = begins ? ['not'] : ['not', 'and', 'or']
  return [...withoutListed(ids, earlier.join(',')), ...FIELDS, ...CONDITIONS, ...operators]
}

function withoutListed(values: readonly string[], listed: string): readonly string[] {
  const taken = new Set(listed.split(','))
  return values.filter(value => !taken.has(value))
}

function valuesOf(field: string, facts: FleetFacts): readonly string[] {
  switch (field) {
    case 'role':
      return rolesInUseFirst(facts)
    case 'level':
      return facts.levels
    case 'id':
      return facts.minions
    case 'group':
      return facts.groups
    case 'os':
      return facts.systems.filter(isPlain)
    default:
      return []
  }
}

/** Roles that some minion has, and after them the others, most of which come with Saltern. Pure. */
export function rolesInUseFirst({ roles, usedRoles }: FleetFacts): readonly string[] {
  return [...new Set([...usedRoles, ...roles])]
}

/**
 * A minion tells its system itself, and shells put what is offered into the line as it is: nothing that a shell would act
 * on. No target word could hold it either.
 */
function isPlain(name: string): boolean {
  return /^[A-Za-z0-9._:-]+$/.test(name)
}
