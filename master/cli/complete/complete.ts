import type { FleetFacts } from './facts.ts'
import type { VerbWords } from './grammar.ts'
import { optionsAt, type Place, placeOf } from './place.ts'
import { scanWords } from './words.ts'

/** What a tab offers. */
export interface Completion {
  /** Whole words, as they would stand in the line. */
  readonly candidates: readonly string[]
  /** The end of the line that they stand in for. */
  readonly replaces: string
}

/** Names of the grains that minions report, for `grain.`. */
const GRAINS = [
  'arch',
  'fqdn',
  'hostname',
  'ip4',
  'ip6',
  'kernel',
  'mem_mb',
  'num_cpus',
  'os_family',
  'oscodename',
  'osrelease',
  'saltern_version',
  'virtual',
]

/** Completes the line before the cursor. Pure. */
export function complete(line: string, program: VerbWords, facts: FleetFacts): Completion {
  const { words } = scanWords(line)
  const last = words.at(-1)
  const current = last?.end === line.length ? last : undefined
  const before = (current === undefined ? words : words.slice(0, -1)).map(({ text }) => text)
  const typed = current?.text ?? ''
  const raw = current === undefined ? '' : line.slice(current.start)
  const place = placeOf(before, program)
  const found = candidatesAt(place, before, typed, program, facts).filter(word => word.startsWith(typed))
  // What stands before the cursor is kept as it was typed, quote and all.
  const quote = /^["']/.exec(raw)?.[0] ?? ''
  if (raw !== `${quote}${typed}`) return { candidates: [], replaces: raw }
  return { candidates: [...new Set(found)].map(word => `${quote}${word}`), replaces: raw }
}

function candidatesAt(
  { path, operands, option, dashes }: Place,
  before: readonly string[],
  typed: string,
  program: VerbWords,
  facts: FleetFacts,
): readonly string[] {
  if (dashes !== undefined) return []
  const verb = path.at(-1) ?? program
  if (typed.startsWith('-')) {
    return optionsAt(path).flatMap(({ names }) => names.filter(name => name.startsWith('--')))
  }
  if (option !== undefined) return namesOf(option.value ?? '', path, facts)
  const below = operands.length === 0 ? verb.verbs.map(({ name }) => name) : []
  const taken = verb.takes[operands.length] ?? verb.takes.findLast(({ variadic }) => variadic)
  if (taken === undefined) return below
  const earlier = operands.map(index => before[index] ?? '')
  return [
    ...below,
    ...(taken.name === 'target' ? targetWords(earlier, typed, facts) : namesOf(taken.name, path, facts)),
  ]
}

function namesOf(name: string, path: readonly VerbWords[], facts: FleetFacts): readonly string[] {
  switch (name) {
    case 'minion':
      return path.at(-1)?.name === 'accept' || path.at(-1)?.name === 'reject' ? facts.pending : facts.minions
    case 'role':
      return facts.roles
    case 'level':
      return facts.levels
    case 'job':
      return facts.jobs
    case 'of':
      return [...facts.minions, ...facts.jobs]
    case 'name':
      return path.some(({ name: verb }) => verb === 'schedule') ? facts.schedules : []
    case 'session':
      return facts.sessions
    case 'token':
      return facts.tokens
    case 'verb':
      return path[0]?.verbs.map(verb => verb.name) ?? []
    case 'shell':
      return ['bash', 'zsh']
    case 'target':
      return targetWords([], '', facts)
    default:
      return []
  }
}

function targetWords(earlier: readonly string[], typed: string, facts: FleetFacts): readonly string[] {
  const brackets = /^\(*/.exec(typed)?.[0] ?? ''
  const word = typed.slice(brackets.length)
  const [, field] = /^([a-z]+)=/.exec(word) ?? []
  const values: { readonly [field: string]: readonly string[] } = {
    role: facts.roles,
    level: facts.levels,
    id: facts.minions,
    os: facts.systems.filter(isPlain),
  }
  const candidates = (): readonly string[] => {
    if (field !== undefined) return (values[field] ?? []).map(value => `${field}=${value}`)
    if (word.startsWith('grain.')) return GRAINS.map(grain => `grain.${grain}=`)
    const before = earlier.at(-1)
    const begins = before === undefined || /^(?:and|or|not|\()$/.test(before) || brackets !== ''
    const joined = begins ? [] : ['and', 'or']
    return [...facts.minions, 'role=', 'level=', 'id=', 'os=', 'grain.', 'not', ...joined]
  }
  return candidates().map(text => `${brackets}${text}`)
}

/**
 * A minion tells its system itself, and shells put what is offered into the line as it is: nothing that a shell would act
 * on. No target word could hold it either.
 */
function isPlain(name: string): boolean {
  return /^[A-Za-z0-9._:-]+$/.test(name)
}
