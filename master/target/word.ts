import { suggest } from '../yaml/suggest.ts'
import { foreignForm } from './habits.ts'
import { anyOf, FIELDS, type Groups, isCondition, patternsOf, type Target, type TargetField } from './target.ts'
import { itemsOf, type Token } from './tokens.ts'

const LONGEST_PATTERN = 128

/**
 * What a target is written for. `typed`: whatever an operator asks for. `saved`: what a schedule or a runbook asks for. `group`: what a group of fleet.yml holds.
 * `grant`: what a right or a pillar file is given to, which no minion may change by itself.
 */
type TargetUse = 'typed' | 'saved' | 'group' | 'grant'

export interface TargetRules {
  readonly use: TargetUse
  /** undefined: which there are is not known here, and every name is taken for one. */
  readonly groups: Groups | undefined
}

/** Throws TARGET_SYNTAX that points at a column. */
type Fail = (column: number, message: string, hint?: string) => never

/** One word: `web1`, `web1,web2`, `role=db`, `group=edge`, `online`. Pure. */
export function targetOfWord(token: Token, rules: TargetRules, fail: Fail): Target {
  if (token.text === '*') return { kind: 'all' }
  const [first, ...others] = itemsOf(token)
  if (others.length > 0) for (const item of [first, ...others]) checkListed(first, item, fail)
  const split = first.text.indexOf('=')
  if (split < 0) return bareWords([first, ...others], rules, fail)
  const word = first.text.slice(0, split)
  const values = [{ text: first.text.slice(split + 1), column: first.column + split + 1 }, ...others]
  for (const { text, column } of values) {
    if (text === '') fail(column, `expected a value after \`${word}=\`, got nothing`)
  }
  if (word === 'group') return anyOf(values.map(value => groupNamed(value, rules, fail)))
  const field = fieldOf(word, first.column, fail)
  for (const value of values) checkValue(field, value, fail)
  return { kind: 'is', field, ...patternsOf(values.map(({ text }) => text)) }
}

/** What follows a comma is one more of the same. */
function checkListed(first: Token, { text, column }: Token, fail: Fail): void {
  if (['and', 'or', 'not', '*'].includes(text)) {
    fail(column, `expected an id or a value beside the comma, got \`${text}\``, 'Leave the comma out.')
  }
  if (column === first.column || !text.includes('=')) return
  const hint = `For both, write \`${first.text} ${text}\`; for either, \`${first.text} or ${text}\`.`
  fail(column, `a comma separates ids, or values of one field, got \`${text}\` after it`, hint)
}

/** Ids, groups or conditions, any of which fits. */
function bareWords(items: readonly Token[], { use, groups }: TargetRules, fail: Fail): Target {
  const conditions = items.filter(({ text }) => isCondition(text))
  const [condition] = conditions
  if (condition !== undefined && (use === 'grant' || use === 'group')) {
    const what = use === 'grant' ? 'a right or a pillar file' : 'a group'
    fail(condition.column, `${what} cannot depend on \`${condition.text}\`, which changes by itself`)
  }
  if (condition !== undefined && conditions.length < items.length) {
    const other = items.find(({ text }) => !isCondition(text))?.text ?? ''
    const hint = `For either, write \`${other} or ${condition.text}\`; for both, \`${other} ${condition.text}\`.`
    fail(condition.column, `\`${condition.text}\` is not an id, so it cannot stand in a list of ids`, hint)
  }
  const targets = items.map((item): Target => {
    const { text, column } = item
    if (isCondition(text)) return { kind: 'condition', condition: text }
    checkId(item, fail)
    const group = groups?.get(text)
    if (group === undefined) return { kind: 'is', field: 'id', ...patternsOf([text]) }
    if (use === 'grant')
      fail(column, `\`${text}\` is a group`, `Write \`group=${text}\`, or \`id=${text}\` for a minion.`)
    return { kind: 'group', name: text, bare: true, of: group.target }
  })
  return anyOf(targets)
}

function groupNamed({ text: name, column }: Token, { groups }: TargetRules, fail: Fail): Target {
  if (!/^[a-z][a-z0-9_-]*$/.test(name)) {
    fail(column, `expected the name of a group of fleet.yml, got \`${name}\``, 'For several, write `group=edge,core`.')
  }
  if (groups === undefined) return { kind: 'group', name, bare: false, of: NOBODY }
  const group = groups.get(name)
  if (group !== undefined) return { kind: 'group', name, bare: false, of: group.target }
  const near = suggest(name, groups.keys())
  const hint = near === undefined ? 'Define it in fleet.yml, under `groups`.' : `Did you mean \`group=${near}\`?`
  return fail(column, `there is no group \`${name}\``, hint)
}

const NOBODY: Target = { kind: 'is', field: 'id', exact: new Set(), globs: [] }

function fieldOf(word: string, column: number, fail: Fail): TargetField {
  const known = FIELDS.find(field => field === word)
  if (known !== undefined) return known
  if (/^grain\.[a-z0-9_]+$/.test(word)) return word as TargetField
  const near = suggest(word, [...FIELDS, 'group', 'grain.'])
  const hint = ARGUMENTS.get(word) ?? (near === undefined ? FIELD_HINT : `Did you mean \`${near}=\`?`)
  return fail(column, `\`${word}\` is no target word`, hint)
}

function checkValue(field: TargetField, value: Token, fail: Fail): void {
  const { text, column } = value
  if (field === 'id') return checkId(value, fail)
  checkLength(value, fail)
  if (/^[A-Za-z0-9._*?:-]+$/.test(text)) return
  const message = `a value is letters, digits, \`. _ : -\` and the wildcards \`*\` and \`?\`, got \`${text}\``
  fail(column, message, foreignForm(text))
}

function checkId(id: Token, fail: Fail): void {
  const { text, column } = id
  checkLength(id, fail)
  if (text === 'all') fail(column, '`all` is no target word', "Write `'*'` for all minions, in quotes for the shell.")
  if (text.startsWith('@') || text === '-') {
    const hint = 'Only the command line reads ids from a file: name them here, or define a group in fleet.yml.'
    fail(column, `\`${text}\` cannot be read here`, hint)
  }
  if (/^[a-z0-9._*?-]+$/.test(text)) return
  const message = `an id is lower-case letters, digits, \`.\` and \`-\`, or a glob with \`*\` and \`?\`, got \`${text}\``
  fail(column, message, foreignForm(text))
}

function checkLength({ text, column }: Token, fail: Fail): void {
  if (text.length > LONGEST_PATTERN) fail(column, `a pattern has at most ${LONGEST_PATTERN} characters`)
}

const FIELD_HINT = 'Use `role=`, `level=`, `id=`, `os=`, `group=` or `grain.<name>=`.'

/** What users of Salt and Ansible write behind the name of a command, and what to do here. */
const ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['test', 'For a dry run: `master test TARGET`.'],
  ['check', 'For a dry run: `master test TARGET`.'],
  ['saltenv', 'Use `level=`.'],
  ['pillarenv', 'Use `level=`.'],
  ['env', 'Use `level=`.'],
  ['pillar', 'Put the values into a pillar file: `master pillar set` seals secrets.'],
  ['roles', 'Use `role=`.'],
  ['groups', 'Use `group=`.'],
  ['nodegroup', 'Use `group=`.'],
  ['host', 'Use the id of the minion: `web1`, or `id=web1`.'],
  ['hosts', 'Use the ids of the minions: `web1,web2`.'],
  ['name', 'Use the id of the minion: `web1`, or `id=web1`.'],
  ['state', 'Use `online`, `offline`, `failed` or `outdated` alone.'],
  ['status', 'Use `online`, `offline`, `failed` or `outdated` alone.'],
])
