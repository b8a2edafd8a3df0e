/** Options of Ansible and Salt, and what to type here. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ...['--check', '-C', '--diff', '-D', '--dry-run', '-n'].map(
    word => [word, 'For a dry run with diffs: `master test TARGET`.'] as const,
  ),
  ...['--limit', '-l', '-i', '--inventory', '-L', '-G', '-E'].map(
    word => [word, 'Name the minions as target words: `master apply web1`, or `role=web and level=staging`.'] as const,
  ),
  ...['--tags', '-t', '--skip-tags'].map(
    word => [word, 'An apply is always of the whole catalog of a minion; split the role instead.'] as const,
  ),
  ...['--become', '-b', '-K', '--ask-become-pass'].map(word => [word, 'Leave it out: the minion is root.'] as const),
  ...['-e', '--extra-vars'].map(
    word => [word, 'Put the values into a pillar file, or into `vars` of inventory.yml.'] as const,
  ),
  ...['--forks', '-f', '--serial'].map(word => [word, 'Leave it out: minions apply side by side.'] as const),
])

const VERBS: ReadonlyMap<string, string> = new Map([
  ['help', 'See `master --help`, or `master VERB --help`.'],
  ['highstate', 'Use `master apply TARGET`.'],
  ['state.apply', 'Use `master apply TARGET`; for a dry run `master test TARGET`.'],
  ['playbook', 'Use `master apply TARGET`.'],
  ['deploy', 'Use `master apply TARGET`.'],
  ['plan', 'Use `master test TARGET`.'],
  ['diff', 'Use `master test TARGET`: it shows what an apply would change.'],
  ['vault', 'Use `master pillar set PATH` and `master pillar get PATH`.'],
  ['grains', 'Use `minion grains` on the host.'],
  ['rollback', 'Put the fleet files back, for example with `git revert`, and type `master apply TARGET`.'],
  ['undo', 'Put the fleet files back, for example with `git revert`, and type `master apply TARGET`.'],
])

/** The commands that stand for `ansible-playbook`, `ansible` and `salt`; at any other one the same letters mean something else. */
const WITH_OPTIONS: ReadonlySet<string> = new Set(['apply', 'test', 'ping', 'minions', 'compliance'])

/**
 * What to type in place of an option or verb that only other tools have; undefined: no other tool has it. `verb` is the command
 * that the option was typed at, if any. Pure.
 */
export function hintForWord(word: string, verb: string | undefined): string | undefined {
  if (!word.startsWith('-')) return VERBS.get(word)
  return verb === undefined || WITH_OPTIONS.has(verb) ? OPTIONS.get(word.split('=')[0] ?? '') : undefined
}
