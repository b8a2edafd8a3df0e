import { counted } from '../../../protocol/amounts.ts'
import { namesText } from '../../../protocol/minion-names.ts'
import { CAUSE_LABELS, diffLines, STATUS_LABELS, sinceText } from '../format/labels.ts'
import { moment } from '../judge-states.ts'
import type { FindingGroup, Status } from '../report.ts'

/** How much of a finding a format shows. */
export interface Limits {
  readonly findings: number
  readonly diffLines: number
  readonly states: number
}

/** A finding as every format shows it. All texts are foreign and not escaped yet. */
export interface FindingView {
  readonly status: Status
  readonly label: string
  /** `file.managed`, `check`: what the name is of; may be empty. */
  readonly kind: string
  readonly name: string
  /** The minions, else the level, else the fleet. */
  readonly where: string
  /** Levels of the minions; empty when it is about a level. */
  readonly levels: string
  readonly detail: readonly string[]
  readonly actions: readonly string[]
  readonly diff: DiffView | undefined
  readonly states: readonly { readonly text: string; readonly diff: DiffView | undefined }[]
  /** Since when, and why. */
  readonly facts: readonly string[]
  readonly why: string | undefined
  /** The role and the place in the fleet's files. */
  readonly place: string
  /** All minions by the start of the finding; empty when `where` names them. */
  readonly minions: readonly { readonly since: string; readonly names: string }[]
  readonly next: string | undefined
}

export interface DiffView {
  readonly lines: readonly string[]
  /** For example `and 12 more lines`; empty when all are shown. */
  readonly more: string
}

/** Prepares a finding for display. Pure. */
export function findingView(group: FindingGroup, at: string, limits: Limits): FindingView {
  const { status, kind, title, role, source, detail, actions, diff, states, why, cause, minions, next } = group
  const [, first = '', rest = ''] = /^(\S+) (.+)$/s.exec(title) ?? []
  const isNamed = rest !== '' && ['state', 'check', 'contract', 'certificate'].includes(kind)
  const place = [
    ...(role === undefined ? [] : [`role ${role}`]),
    ...(source === undefined ? [] : [`${source.file}:${source.line}`]),
  ]
  return {
    status,
    label: STATUS_LABELS[status],
    kind: isNamed ? first : '',
    name: isNamed ? rest : title,
    where: whereOf(group),
    levels: minions.length === 0 ? '' : namesText(group.levels.filter(level => level !== '')),
    detail: detail === undefined ? [] : detail.split('\n'),
    actions: actions.map(action => `an apply would ${action}`),
    diff: diff === undefined ? undefined : diffView(diff, limits),
    states: statesOf(states, limits),
    facts: [...factsOf(group, at), ...(cause === undefined ? [] : [CAUSE_LABELS[cause]])],
    why,
    place: place.join(' · '),
    minions: membersOf(group, at),
    next,
  }
}

/** Names what a finding is about: its minions, else the level, else the fleet. Pure. */
export function whereOf({ minions, levels }: FindingGroup): string {
  if (minions.length > 0) return namesText(minions.map(({ minion }) => minion))
  const [level = ''] = levels
  return level === '' ? 'fleet' : level
}

/** Says since when, and on which minions it is new. */
function factsOf({ minions, since, isNew }: FindingGroup, at: string): readonly string[] {
  if (since === undefined) return []
  const [first] = minions
  const isEverywhere = minions.every(one => one.since === first?.since)
  const fresh = minions.filter(one => one.isNew).map(({ minion }) => minion)
  const text = sinceText(since, at)
  return [
    isEverywhere ? text : `first ${text}`,
    ...(isNew && fresh.length > 0 && fresh.length < minions.length ? [`new on ${namesText(fresh)}`] : []),
  ]
}

function membersOf({ minions }: FindingGroup, at: string): FindingView['minions'] {
  const groups = [...Map.groupBy(minions, ({ since }) => since ?? '')].sort(([a], [b]) => (a < b ? -1 : 1))
  const isNamed = minions.length <= 3 && groups.length <= 1
  if (isNamed) return []
  return groups.map(([since, of]) => ({
    since: since === '' || groups.length === 1 ? '' : sinceText(since, at),
    names: of.map(({ minion }) => minion).join(', '),
  }))
}

function statesOf(states: FindingGroup['states'], limits: Limits): FindingView['states'] {
  const shown = states.slice(0, limits.states).map(({ key, change, diff }) => ({
    text: `${change} ${key}`,
    diff: diff === undefined ? undefined : diffView(diff, limits),
  }))
  const left = states.length - shown.length
  return left === 0
    ? shown
    : [...shown, { text: `and ${left} more ${left === 1 ? 'state' : 'states'}`, diff: undefined }]
}

function diffView(diff: string, limits: Limits): DiffView {
  const lines = diffLines(diff)
  const left = lines.length - limits.diffLines
  return { lines: lines.slice(0, limits.diffLines), more: left > 0 ? `and ${counted(left, 'more line')}` : '' }
}

/** Names a resolved finding with its start. Pure. */
export function resolvedText(group: FindingGroup): string {
  const since = group.since === undefined ? '' : ` since ${moment(group.since)}`
  return `${whereOf(group)}: ${group.title} (was ${STATUS_LABELS[group.status]}${since})`
}
