import { count, moment } from '../judge-states.ts'
import type { Cause, ComplianceReport, Finding, Status } from '../report.ts'

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

/** Names the subject of a finding: the minion, else the level, else the fleet. Pure. */
export function whoOf({ minion, level }: Finding): string {
  return minion ?? (level === '' ? 'fleet' : level)
}

/** Summarizes problems, worst first: `2 drifted, 1 failed`; empty when there are none. Pure. */
export function troubleOf({ minions, contracts }: Pick<ComplianceReport, 'minions' | 'contracts'>): string {
  const words = (Object.entries(minions) as [Status, number][])
    .filter(([status, number]) => status !== 'compliant' && number > 0)
    .map(([status, number]) => `${number} ${STATUS_LABELS[status]}`)
  if (contracts.broken > 0) words.push(`${count(contracts.broken, 'contract')} broken`)
  return words.join(', ')
}

/** Lists the next commands without duplicates; merges all applies into one. Pure. */
export function nextSteps(findings: readonly Finding[]): readonly string[] {
  const commands = [...new Set(findings.flatMap(({ next }) => next ?? []))]
  const applies = commands.flatMap(command => /^master apply (\S+)$/.exec(command)?.[1] ?? [])
  const others = commands.filter(command => !/^master apply \S+$/.test(command))
  if (applies.length === 0) return others
  const target = applies.length === 1 ? applies.join('') : `'${applies.join(' or ')}'`
  return [`master test ${target}`, `master apply ${target}`, ...others]
}

/** Splits a unified diff into lines, without the heading that repeats the file name. Pure. */
export function diffLines(diff: string): readonly string[] {
  const lines = diff.trimEnd().split('\n')
  const first = lines.findIndex(line => line.startsWith('@@'))
  return first === -1 ? lines : lines.slice(first)
}
