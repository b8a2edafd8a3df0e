import type { ComplianceReport, ContractJudgement, Finding, MinionJudgement } from '../report.ts'
import { type Case, junitXml, type Suite } from './junit-xml.ts'
import { STATUS_LABELS } from './labels.ts'

/**
 * A suite for each minion (a case for each state and check, for its link and its own contracts), one for the contracts of
 * each level, and one for the fleet's files when they are wrong. Findings are failures; what could not be looked at is an
 * error; what caused by another finding is skipped. Pure.
 */
export function renderJunit(report: ComplianceReport): string {
  const timestamp = report.at.slice(0, 19)
  const suite = (name: string, cases: readonly Case[]): Suite => ({ name, hostname: name, timestamp, cases })
  const findings = Map.groupBy(report.findings, ({ minion }) => minion)
  const demands = Map.groupBy(report.demands, ({ minion }) => minion)
  const shared = findings.get(undefined) ?? []
  return junitXml(`compliance of ${report.fleet.name}`, [
    ...report.judgements.map(judged => {
      return suite(judged.minion, casesOf(judged, findings.get(judged.minion) ?? [], demands.get(judged.minion) ?? []))
    }),
    ...report.levels.map(({ level }) => suite(`contracts of ${level}`, contractCases(report, level))),
    suite('fleet', shared.filter(({ level }) => level === '').map(caseOf)),
  ])
}

function casesOf(
  minion: MinionJudgement,
  findings: readonly Finding[],
  demands: readonly ContractJudgement[],
): readonly Case[] {
  const group = (name: string): string => `${minion.minion}.${name}`
  const link = findings.some(({ kind }) => kind === 'link') ? [] : [passed(group('link'), 'link')]
  return [
    ...link,
    ...findings.map(caseOf),
    ...minion.right.map(key => passed(group('state'), key)),
    ...minion.passed.map(key => passed(group('check'), key)),
    ...demands.filter(({ ok }) => ok).map(demandCase),
    ...minion.follows.map(({ key, note }): Case => {
      return { className: group('state'), name: key, result: 'skipped', message: note }
    }),
  ]
}

function contractCases(report: ComplianceReport, level: string): readonly Case[] {
  const broken = report.findings.filter(one => one.minion === undefined && one.level === level && level !== '')
  const kept = report.demands.filter(one => one.minion === undefined && one.level === level && one.ok)
  return [...broken.map(caseOf), ...kept.map(demandCase)]
}

function demandCase({ level, minion, role, kind, expected }: ContractJudgement): Case {
  return passed(`${minion ?? level}.contract`, `${role === undefined ? '' : `${role}/`}${kind}: ${expected}`)
}

function caseOf(finding: Finding): Case {
  const { minion, level, kind, subject, status, title, detail, why, since, actions, diff, states, next } = finding
  const text = [
    detail ?? title,
    ...(why === undefined ? [] : [why]),
    ...(since === undefined ? [] : [`since ${since}`]),
    ...actions.map(action => `an apply would ${action}`),
    ...states.map(one => `${one.change} ${one.key}`),
    ...(diff === undefined ? [] : [diff.trimEnd()]),
    ...(next === undefined ? [] : [`next: ${next}`]),
  ].join('\n')
  return {
    className: `${minion ?? (level === '' ? 'fleet' : level)}.${kind}`,
    name: subject,
    result: status === 'unreachable' ? 'error' : 'failed',
    type: status,
    message: `${STATUS_LABELS[status]}: ${title}`,
    text,
  }
}

function passed(className: string, name: string): Case {
  return { className, name, result: 'passed' }
}
