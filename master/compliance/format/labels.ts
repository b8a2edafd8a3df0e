import { counted } from '../../../protocol/amounts.ts'
import { MOST_IN_COMMAND } from '../group.ts'
import { moment } from '../judge-states.ts'
import type { Cause, ComplianceReport, Status } from '../report.ts'

/** Display text of each status. */
export const STATUS_LABELS: { readonly [status in Status]: string } = {
  unreachable: 'unreachable',
  failed: 'failed',
  'contract-broken': 'contract broken',
  drifted: 'drifted',
  outdated: 'outdated',
  compliant: 'compliant',
}

export const CAUSE_LABELS: { readonly [cause in Cause]: string } = {
  'by-hand': 'changed by hand',
  'fleet-changed': 'fleet files changed, not applied yet',
  'left-undone': 'the last apply did not fix it',
  'never-applied': 'never applied',
}

/** Formats `since 2026-11-21 02:30 (5 h)`, or says that it is new. Pure. */
export function sinceText(since: string, at: string): string {
  if (since >= at) return 'first seen now'
  const text = age(since, at)
  return `since ${moment(since)}${text === '' ? '' : ` (${text})`}`
}

/** Formats the time between two ISO times: `3 days`, `2 h`, `5 min`; empty for invalid times. Pure. */
function age(since: string, at: string): string {
  const minutes = Math.floor((Date.parse(at) - Date.parse(since)) / 60_000)
  if (!Number.isFinite(minutes) || minutes < 0) return ''
  if (minutes < 1) return 'now'
  if (minutes < 120) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}

/** Says what is compliant: `26 of 40 minions compliant` and `5 of 6 contracts met`. Pure. */
export function compliantTexts({
  minions,
  contracts,
}: Pick<ComplianceReport, 'minions' | 'contracts'>): readonly string[] {
  const total = Object.values(minions).reduce((sum, number) => sum + number, 0)
  const demands = contracts.kept + contracts.broken
  return [
    ...(total === 0 ? [] : [`${minions.compliant} of ${counted(total, 'minion')} compliant`]),
    ...(demands === 0 ? [] : [`${contracts.kept} of ${counted(demands, 'contract')} met`]),
  ]
}

/** Counts minions by status, worst first: `2 drifted, 1 failed`; empty when all are compliant. Pure. */
export function troubleOf({ minions }: Pick<ComplianceReport, 'minions'>): string {
  return (Object.entries(minions) as [Status, number][])
    .filter(([status, number]) => status !== 'compliant' && number > 0)
    .map(([status, number]) => `${number} ${STATUS_LABELS[status]}`)
    .join(', ')
}

/** Counts findings and what they are about: `3 findings on 12 minions and 1 level, 1 new`. Pure. */
export function findingsText({ groups, judgements, previous }: ComplianceReport): string {
  if (groups.length === 0) return 'no findings'
  const minions = judgements.filter(({ status }) => status !== 'compliant').length
  const shared = groups.filter(group => group.minions.length === 0).flatMap(({ levels }) => levels)
  const levels = new Set(shared.filter(level => level !== '')).size
  const about = [
    ...(minions === 0 ? [] : [counted(minions, 'minion')]),
    ...(levels === 0 ? [] : [counted(levels, 'level')]),
    ...(shared.includes('') ? ['the fleet files'] : []),
  ]
  const fresh = groups.filter(({ isNew }) => isNew).length
  const compared = previous === undefined ? '' : fresh === 0 ? ', none new' : `, ${fresh} new`
  return `${counted(groups.length, 'finding')} on ${about.join(' and ')}${compared}`
}

/**
 * Lists the next commands without duplicates, with all applies as one; for too many minions, it names the target of the report. Pure.
 */
export function nextSteps({ findings, groups, target }: ComplianceReport): readonly string[] {
  const applied = new Set(findings.flatMap(({ next = '' }) => /^master apply (\S+)$/.exec(next)?.[1] ?? []))
  const others = new Set(groups.flatMap(({ next }) => (next === undefined || isApply(next) ? [] : [next])))
  if (applied.size === 0) return [...others]
  const whom = applied.size > MOST_IN_COMMAND ? quoted(target) : [...applied].join(',')
  return [`master test ${whom}`, `master apply ${whom}`, ...others]
}

function isApply(command: string): boolean {
  return command.startsWith('master apply ')
}

function quoted(target: string): string {
  return /^[\w.=-]+$/.test(target) ? target : `'${target.replaceAll("'", `'\\''`)}'`
}

/** Splits a unified diff into lines, without the heading that repeats the file name. Pure. */
export function diffLines(diff: string): readonly string[] {
  const lines = diff.trimEnd().split('\n')
  const first = lines.findIndex(line => line.startsWith('@@'))
  return first === -1 ? lines : lines.slice(first)
}
