import type { Finding, FindingGroup, GroupMember } from './report.ts'

/** Stands for the name of the minion in texts that differ only by it. */
const ANY_MINION = '{{minion.id}}'
/** Longest list of minions in one command. */
export const MOST_IN_COMMAND = 12

/** The part of a finding that is the same for all minions of a group. */
type Content = Omit<Finding, 'id' | 'level' | 'minion' | 'since' | 'why' | 'next' | 'source' | 'isNew'>

/**
 * Makes one finding of all that are equal apart from the minion: the same state, check or rule, with the same texts. Keeps the
 * order of the first ones. Linear in the number of findings. Pure.
 */
export function groupFindings(findings: readonly Finding[]): readonly FindingGroup[] {
  const groups = Map.groupBy(findings, finding => {
    const { minion, level } = finding
    return JSON.stringify([minion === undefined ? level : null, withoutName(contentOf(finding), minion)])
  })
  return [...groups.values()].flatMap(group => (group[0] === undefined ? [] : [groupOf(group[0], group)]))
}

function contentOf(finding: Finding): Content {
  const { id: _id, level: _level, minion: _minion, since: _since, why: _why, next: _next, ...rest } = finding
  const { source: _source, isNew: _isNew, ...content } = rest
  return content
}

function groupOf(first: Finding, group: readonly Finding[]): FindingGroup {
  const content = contentOf(first)
  const text = JSON.stringify(content)
  const isSame = group.every(finding => JSON.stringify(contentOf(finding)) === text)
  const since = group.reduce<string | undefined>((left, one) => earlier(left, one.since), undefined)
  const why = group.every(one => one.why === first.why) ? first.why : undefined
  const next = commandFor(group)
  return {
    ...(isSame ? content : withoutName(content, first.minion)),
    levels: [...new Set(group.map(({ level }) => level))],
    minions: group.flatMap(memberOf),
    isNew: group.some(({ isNew }) => isNew),
    ...(since === undefined ? {} : { since }),
    ...(why === undefined ? {} : { why }),
    ...(next === undefined ? {} : { next }),
    ...(first.source === undefined ? {} : { source: first.source }),
  }
}

function memberOf({ minion, since, isNew }: Finding): readonly GroupMember[] {
  return minion === undefined ? [] : [{ minion, isNew, ...(since === undefined ? {} : { since }) }]
}

/** The next command of a group: for all its minions, when it is the same but for the minion and the list is short. */
function commandFor(group: readonly Finding[]): string | undefined {
  const [first] = group
  if (first?.next === undefined || group.length === 1) return first?.next
  const head = `${first.next.slice(0, -(first.minion ?? '').length)}`
  const isAlike = group.every(({ next, minion }) => minion !== undefined && next === head + minion)
  if (!isAlike) return group.every(({ next }) => next === first.next) ? first.next : undefined
  return group.length > MOST_IN_COMMAND ? undefined : head + group.map(({ minion }) => minion).join(',')
}

function withoutName(content: Content, minion: string | undefined): Content {
  if (minion === undefined || minion === '') return content
  const text = (value: string): string => replaceName(value, minion)
  const { detail, expected, found, diff } = content
  return {
    ...content,
    subject: text(content.subject),
    title: text(content.title),
    actions: content.actions.map(text),
    states: content.states.map(one => ({
      ...one,
      key: text(one.key),
      actions: one.actions.map(text),
      ...(one.diff === undefined ? {} : { diff: text(one.diff) }),
    })),
    ...(detail === undefined ? {} : { detail: text(detail) }),
    ...(expected === undefined ? {} : { expected: text(expected) }),
    ...(found === undefined ? {} : { found: text(found) }),
    ...(diff === undefined ? {} : { diff: text(diff) }),
  }
}

/** Replaces a name where it is a whole word, so that a minion `a` leaves the letters of other words alone. */
function replaceName(text: string, minion: string): string {
  if (!text.includes(minion)) return text
  const parts = text.split(minion)
  return parts
    .map((part, index) => {
      if (index === 0) return part
      const before = parts[index - 1]?.at(-1) ?? (index === 1 ? '' : minion)
      const after = part.at(0) ?? (index === parts.length - 1 ? '' : minion)
      return (isPartOfName(before) || isPartOfName(after) ? minion : ANY_MINION) + part
    })
    .join('')
}

function isPartOfName(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character)
}

function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return b < a ? b : a
}
