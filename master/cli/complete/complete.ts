import { GRAIN_NAMES } from '../../../protocol/grain-names.ts'
import type { FleetFacts } from './facts.ts'
import type { OptionWords, VerbWords } from './grammar.ts'
import { optionsAt, type Place, placeOf } from './place.ts'
import { rolesInUseFirst, targetWords } from './target-words.ts'
import { scanWords } from './words.ts'

/** Completions of a line. */
export interface Completion {
  /** Whole words, as they would appear in the line. */
  readonly candidates: readonly string[]
  /** The end of the line that the candidates replace. */
  readonly replaces: string
}

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
  // Keep what was typed before the cursor, including quotes.
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
  if (option !== undefined) return valuesOf(option, typed, path, facts)
  const below = operands.length === 0 ? verb.verbs.map(({ name }) => name) : []
  const taken = verb.takes[operands.length] ?? verb.takes.findLast(({ variadic }) => variadic)
  if (taken === undefined) return below
  const earlier = operands.map(index => before[index] ?? '')
  return [
    ...below,
    ...(verb.name === 'grains' && earlier.length > 0 ? GRAIN_NAMES : []),
    ...(taken.name === 'target' ? targetWords(earlier, typed, facts) : namesOf(taken.name, typed, path, facts)),
  ]
}

function valuesOf(
  { value = '', choices }: OptionWords,
  typed: string,
  path: readonly VerbWords[],
  facts: FleetFacts,
): readonly string[] {
  if (choices === undefined) return namesOf(value, typed, path, facts)
  if (value !== 'columns') return choices
  const named = typed.split(',').slice(0, -1)
  return choices.filter(choice => !named.includes(choice)).map(choice => [...named, choice].join(','))
}

function namesOf(name: string, typed: string, path: readonly VerbWords[], facts: FleetFacts): readonly string[] {
  switch (name) {
    case 'minion':
      return path.at(-1)?.name === 'accept' || path.at(-1)?.name === 'reject' ? facts.pending : facts.minions
    case 'role':
      return rolesInUseFirst(facts)
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
      return ['bash', 'zsh', 'fish']
    case 'target':
      return targetWords([], typed, facts)
    default:
      return []
  }
}
