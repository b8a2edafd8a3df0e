import { AppError } from '../../protocol/errors.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import { parseGroup } from '../target/parse.ts'
import { anyOf, FIELDS, type Groups, isCondition, type Target } from '../target/target.ts'
import type { YamlEntry, YamlNode } from '../yaml/node.ts'
import type { Findings } from '../yaml/shape.ts'
import { checkNames, type NameFacts } from './target-names.ts'

/** Minions under a name of their own. */
export interface Group {
  readonly target: Target
  readonly position: SourcePosition
}

const EXAMPLE = 'For example, write `edge: [web1, "lb*"]` or `edge: role=web level=production`.'
/** Words that mean something else in a target. */
const RESERVED: readonly string[] = ['all', 'and', 'or', 'not', 'grain', 'group', ...FIELDS]

/** `groups` of fleet.yml by name; what is wrong goes to the findings. Pure. */
export function parseGroups(
  node: YamlNode | undefined,
  findings: Findings,
  facts: NameFacts,
): ReadonlyMap<string, Group> {
  const entries = new Map((findings.map(node, '`groups`')?.entries ?? []).map(entry => [entry.key, entry]))
  const done = new Map<string, Group>()
  const open: string[] = []
  /** A group may name others, in whatever order they stand. */
  const groupOf = (name: string): Group | undefined => {
    const entry = entries.get(name)
    if (entry === undefined || done.has(name)) return done.get(name)
    if (open.includes(name)) {
      const way = [...open.slice(open.indexOf(name)), name].join(' -> ')
      findings.invalid(entry.keyPosition, `the group \`${name}\` contains itself: ${way}`, 'Take one of them out.')
      return { target: anyOf([]), position: entry.keyPosition }
    }
    open.push(name)
    const target = targetOf(entry, findings, { get: groupOf, keys: () => entries.keys() })
    open.pop()
    const group = { target, position: entry.keyPosition }
    done.set(name, group)
    checkNames(target, entry.value.position, findings, facts)
    return group
  }
  for (const entry of entries.values()) {
    checkName(entry, findings)
    groupOf(entry.key)
  }
  return done
}

function checkName({ key, keyPosition }: YamlEntry, findings: Findings): void {
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(key)) {
    findings.invalid(keyPosition, `a group is named by up to 40 of a-z, 0-9, \`_\` and \`-\`, got \`${key}\``, EXAMPLE)
  } else if (RESERVED.includes(key) || isCondition(key)) {
    findings.invalid(keyPosition, `\`${key}\` is a target word, so no group can be named so`, 'Choose another name.')
  }
}

/** One text is a target; a list means any of its items. */
function targetOf({ key, value }: YamlEntry, findings: Findings, groups: Groups): Target {
  const items = value.kind === 'list' ? value.items : [value]
  if (items.length === 0) findings.invalid(value.position, `the group \`${key}\` is empty`, EXAMPLE)
  return anyOf(
    items.flatMap(item => {
      const text = findings.text(item, `each of \`${key}\``)
      if (text === undefined) return []
      try {
        return parseGroup(text, groups)
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown
        for (const { message, hint } of thrown.problems) findings.invalid(item.position, `\`${key}\`: ${message}`, hint)
        return []
      }
    }),
  )
}
