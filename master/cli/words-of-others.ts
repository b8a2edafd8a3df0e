import { SALT_FUNCTIONS, VERBS } from './verbs-of-others.ts'

/** A word on the command line that only other tools know. */
export interface TypedWord {
  /** The option or verb, without its value. */
  readonly word: string
  /** The command that the option was given to; undefined: none. */
  readonly verb: string | undefined
  /** The words after it, or the part after `=`. */
  readonly rest: readonly string[]
}

/** What to type instead; `apply` is the command that was typed. */
type Advice = string | ((apply: string, value: string | undefined) => string)

const DRY_RUN: Advice = 'For a dry run, which also shows diffs: `master test TARGET`.'
const NAME_THEM: Advice = (apply, value) => {
  const example = value === undefined ? 'web1,web2' : quoted(value)
  return `Name the minions as the target: ${command(`${apply} ${example}`)}. A role or a level narrows: \`role=web level=staging\`.`
}
const COMPOUND: Advice = (apply, value) => {
  if (value === undefined || !/[@:]|\band\b|\bor\b/.test(value)) return DRY_RUN
  return `Write the target without an option: ${command(`${apply} role=web and os=debian and not web3`)}.`
}
const GRAIN: Advice = (apply, value) => {
  const [, name, of] = /^(\w+):([\w.*?-]+)$/.exec(value ?? '') ?? []
  const words: { readonly [name: string]: string } = {
    os: 'os',
    role: 'role',
    roles: 'role',
    level: 'level',
    env: 'level',
  }
  const example =
    name === undefined ? 'os=debian' : `${words[name] ?? `grain.${name}`}=${name === 'os' ? of?.toLowerCase() : of}`
  return `Write it as a target word: ${command(`${apply} ${example}`)}.`
}
const GROUP: Advice = (apply, value) =>
  `Define the group in fleet.yml, under \`groups\`, then: ${command(`${apply} group=${value ?? 'edge'}`)}.`
const ONE_BY_ONE: Advice = (apply, _value) =>
  `Minions apply at the same time. For a canary, apply to one and then to the others: ${command(`${apply} web1`)}, then ${command(`${apply} role=web not web1`)}. \`--splay 10m\` spreads them over time.`
const NO_LOGIN: Advice = 'Leave it out: a minion is root on its host, and nothing logs in there.'
const WHOLE: Advice = 'An apply always covers the whole catalog of a minion; split the role instead.'
const NOT_ASKED: Advice = 'Leave it out: nothing is asked.'
const OUTPUT: Advice = 'Use `--json`.'

const OPTIONS: ReadonlyMap<string, Advice> = new Map(
  (
    [
      [['--check', '--dry-run', '--noop', '--test', '-n'], DRY_RUN],
      [['-C', '--compound'], COMPOUND],
      [['-D', '--diff'], 'Diffs are shown anyway. To see changes before they are made: `master test TARGET`.'],
      [['--limit', '-l', '-L', '--list', '--subset', '--target', '--host', '--hosts', '--nodes'], NAME_THEM],
      [
        ['-i', '--inventory'],
        'The inventory is inventory.yml of the fleet; name the minions as the target: `master apply web1,web2`.',
      ],
      [['-G', '--grain'], GRAIN],
      [
        ['-E', '--pcre', '--grain-pcre', '-P'],
        'Regular expressions select nothing: use globs such as `web*`, or a list: `web1,web2`.',
      ],
      [['-N', '--nodegroup', '--group'], GROUP],
      [['-I', '--pillar', '-J', '--pillar-pcre'], 'The pillar selects no minions: use `role=web` and `level=staging`.'],
      [['-S', '--ipcidr'], 'Addresses are grains: `master ping grain.ip4=10.1.*`.'],
      [['-A', '--all'], "For all minions: `master apply '*'`."],
      [['--tags', '-t', '--skip-tags', '--start-at-task', '--step', '--only', '--skip'], WHOLE],
      [['--become', '-b', '-K', '--ask-become-pass', '--become-user', '--become-method', '--sudo'], NO_LOGIN],
      [
        ['-u', '--user', '--remote-user', '-k', '--ask-pass', '--private-key', '--key-file', '--connection', '--ssh'],
        NO_LOGIN,
      ],
      [['-e', '--extra-vars'], 'Put the values into a pillar file, or into `vars` of inventory.yml.'],
      [['--forks', '-f', '--parallel'], 'Leave it out: minions apply side by side.'],
      [
        ['--serial', '--batch', '--batch-size', '--batch-wait', '--canary', '--canaries', '--rolling', '--failhard'],
        ONE_BY_ONE,
      ],
      [['--list-hosts', '--preview-target'], 'To list the minions of a target: `master minions TARGET`.'],
      [['--list-tasks', '--list-tags'], 'To see the states of a minion: `master render MINION`.'],
      [['--syntax-check', '--validate'], 'To check all files of the fleet: `master lint`.'],
      [
        ['--ask-vault-pass', '--vault-password-file', '--vault-id'],
        'Leave it out: the master holds the keys of the pillar.',
      ],
      [['-m', '--module-name', '-a', '--args'], 'To run a program on minions: `master run TARGET -- PROGRAM`.'],
      [['-y', '--yes', '--auto-approve', '--force', '--assume-yes'], NOT_ASKED],
      [
        ['--async', '-B', '--background', '--poll'],
        'Leave it out: a job continues when the command is interrupted; see `master jobs`.',
      ],
      [['--out', '-o', '--output', '--format', '--out-file', '--state-output', '--static'], OUTPUT],
      [['-T', '--timeout'], 'Nothing is lost by waiting. `--wait 1h` keeps the order for minions that are offline.'],
      [['--refresh', '--flush-cache', '--sync'], 'Leave it out: the fleet directory is read for every command.'],
    ] as const satisfies readonly (readonly [readonly string[], Advice])[]
  ).flatMap(([words, advice]) => words.map(word => [word, advice] as const)),
)

/** Commands that replace `ansible-playbook`, `ansible` and `salt`; on other commands the same letters mean something else. */
const WITH_OPTIONS: ReadonlySet<string> = new Set(['apply', 'test', 'ping', 'minions', 'compliance'])
/** Options of other tools for which every command gives a hint. */
const EVERYWHERE: ReadonlySet<string> = new Set(['--limit', '--check', '--hosts', '--target'])

/** Returns a hint for an option or verb that only other tools have; undefined: no other tool has it. Pure. */
export function hintForWord({ word, verb, rest }: TypedWord): string | undefined {
  if (!word.startsWith('-')) return hintForVerb(word, rest)
  if (verb !== undefined && !WITH_OPTIONS.has(verb) && !EVERYWHERE.has(word)) return undefined
  const advice = OPTIONS.get(word)
  if (typeof advice !== 'function') return advice
  const [value] = rest
  return advice(
    verb === undefined || !WITH_OPTIONS.has(verb) ? 'apply' : verb,
    value?.startsWith('-') === true ? undefined : value,
  )
}

/** In `salt '*' test.ping`, the target comes before the verb. */
function hintForVerb(word: string, [next = '']: readonly string[]): string | undefined {
  const known = VERBS.get(word)
  if (known !== undefined) return known
  const action = SALT_FUNCTIONS.get(next)
  return action === undefined
    ? undefined
    : `The verb stands first: \`master ${action.replace('TARGET', quoted(word))}\`.`
}

/** Formats a command in backticks. */
function command(words: string): string {
  return `\`master ${words}\``
}

/** Quotes a word for the shell. */
function quoted(word: string): string {
  return /^[\w@.,=-]+$/.test(word) ? word : `'${word.replaceAll("'", '')}'`
}
