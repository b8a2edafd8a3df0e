import { AppError } from '../../protocol/errors.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import { parseGrant } from '../target/parse.ts'
import { fieldsOf, type Groups, type Target } from '../target/target.ts'
import { entryOf, type YamlEntry, type YamlMap, type YamlNode } from '../yaml/node.ts'
import { RENAMED_VERBS, renamedProblem } from '../yaml/renamed.ts'
import type { Findings } from '../yaml/shape.ts'
import { suggest } from '../yaml/suggest.ts'
import { checkNames, type NameFacts } from './target-names.ts'

/** Verbs, and the minions on which they may be used. */
export interface Grant {
  /** Names of verbs, `look`, or `*`. */
  readonly verbs: readonly string[]
  readonly target: Target
}

/** A person with the rights listed here, and no others. */
export interface Operator {
  readonly name: string
  /** System user that owns the operator's socket. */
  readonly user: string
  readonly grants: readonly Grant[]
}

/** What `verbs` can contain. `fleet`: only with all minions as target, because the verb concerns the whole fleet. */
export type Grantable = ReadonlyMap<string, 'minions' | 'fleet'>

export interface OperatorFacts extends NameFacts {
  readonly groups: Groups
  readonly grantable: Grantable
}

/** Names that useradd(8) accepts; used as the name of a socket. */
const USER = /^[a-z_][a-z0-9_-]{0,31}$/

/** Parses `operators` of fleet.yml; problems go into `findings`. Pure. */
export function parseOperators(
  node: YamlNode | undefined,
  findings: Findings,
  facts: OperatorFacts,
): readonly Operator[] {
  const entries = findings.map(node, '`operators`')?.entries ?? []
  const operators = entries.flatMap(entry => operatorOf(entry, findings, facts))
  for (const { operator, position } of operators) {
    // An operator whose user has the same name keeps it; the conflict is reported for the other one.
    if (operator.user === operator.name) continue
    const other = operators.find(one => one.operator !== operator && namesOf(one.operator).includes(operator.user))
    if (other === undefined) continue
    findings.invalid(
      position,
      `the system user \`${operator.user}\` of \`${operator.name}\` is also the user of \`${other.operator.name}\``,
      'Give each operator their own system user, so that the log can tell them apart.',
    )
  }
  return operators.map(({ operator }) => operator)
}

function namesOf({ name, user }: Operator): readonly string[] {
  return [name, user]
}

function operatorOf(
  { key, keyPosition, value }: YamlEntry,
  findings: Findings,
  facts: OperatorFacts,
): readonly { readonly operator: Operator; readonly position: SourcePosition }[] {
  if (!USER.test(key) || key === 'root') {
    const why = key === 'root' ? 'already has all rights' : 'is not a valid operator name'
    findings.invalid(keyPosition, `\`${key}\` ${why}`, 'For example, write `anna`: a-z, 0-9, `_` and `-`, at most 32.')
    return []
  }
  const map = findings.map(value, `\`${key}\``)
  if (map === undefined) return []
  findings.only(map, ['rights', 'uses'], `\`${key}\``)
  const uses = entryOf(map, 'uses')?.value
  const user = findings.text(uses, '`uses`') ?? key
  if (uses !== undefined && (!USER.test(user) || user === 'root')) {
    findings.invalid(
      uses.position,
      `\`${user}\` cannot be the system user of an operator`,
      'For example, write `uses: anna`.',
    )
    return []
  }
  return [
    {
      operator: { name: key, user, grants: grantsOf(map, key, findings, facts) },
      position: uses?.position ?? keyPosition,
    },
  ]
}

function grantsOf(map: YamlMap, name: string, findings: Findings, facts: OperatorFacts): readonly Grant[] {
  const rights = entryOf(map, 'rights')?.value
  if (rights === undefined) return []
  if (rights.kind !== 'list') {
    findings.invalid(rights.position, `\`rights\` of \`${name}\` must be a list`, EXAMPLE)
    return []
  }
  return rights.items.flatMap(item => {
    const right = findings.map(item, 'a right')
    if (right === undefined) return []
    findings.only(right, ['verbs', 'target'], 'a right')
    for (const wanted of ['verbs', 'target'].filter(word => entryOf(right, word) === undefined)) {
      findings.invalid(right.position, `a right has \`${wanted}\`, this one has none`, EXAMPLE)
    }
    const target = targetOf(entryOf(right, 'target')?.value, findings, facts)
    const verbs = verbsOf(entryOf(right, 'verbs')?.value, target, findings, facts.grantable)
    return target === undefined ? [] : [{ verbs, target }]
  })
}

const EXAMPLE = 'For example, write `- {verbs: [test, report], target: level=staging}`.'

function verbsOf(
  node: YamlNode | undefined,
  target: Target | undefined,
  findings: Findings,
  grantable: Grantable,
): readonly string[] {
  const items = node === undefined ? [] : node.kind === 'list' ? node.items : [node]
  return items.flatMap(item => {
    const verb = findings.text(item, 'each of `verbs`')
    if (verb === undefined || verb === '*') return verb ?? []
    const about = grantable.get(verb)
    const now = RENAMED_VERBS.get(verb)
    if (now !== undefined) {
      // The right applies under the new name, so that a renamed verb locks out no operator before `master migrate`.
      findings.add({ ...renamedProblem(verb, now), source: item.position })
      return now
    }
    if (about === undefined) {
      const near = suggest(verb, grantable.keys())
      const all = [...grantable.keys()].sort().join(', ')
      findings.invalid(
        item.position,
        `there is no verb \`${verb}\``,
        near === undefined ? `There are ${all}.` : `Did you mean \`${near}\`?`,
      )
      return []
    }
    if (about === 'fleet' && target !== undefined && target.kind !== 'all') {
      findings.invalid(
        item.position,
        `\`${verb}\` concerns the whole fleet, so it cannot be limited to some minions`,
        'Write it into a right with `target: "*"`, or leave it out.',
      )
    }
    return verb
  })
}

function targetOf(node: YamlNode | undefined, findings: Findings, facts: OperatorFacts): Target | undefined {
  const text = findings.text(node, '`target`')
  if (node === undefined || text === undefined) return undefined
  let target: Target
  try {
    target = parseGrant(text, facts.groups)
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    for (const { message, hint } of thrown.problems) findings.invalid(node.position, `\`target\`: ${message}`, hint)
    return undefined
  }
  for (const field of fieldsOf(target)) {
    if (field !== 'os' && !field.startsWith('grain.')) continue
    findings.invalid(
      node.position,
      `a right cannot depend on \`${field}\`, which a minion reports about itself`,
      'Use `id=`, `role=` or `level=`, which the master assigns.',
    )
  }
  checkNames(target, node.position, findings, facts)
  return target
}
