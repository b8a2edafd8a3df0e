import { safe } from '../../../protocol/safe-text.ts'
import type { ComplianceReport, ContractJudgement, Finding, MinionJudgement } from '../report.ts'
import { STATUS_LABELS } from './labels.ts'

interface Case {
  readonly name: string
  readonly className: string
  readonly body: string
  readonly result: 'passed' | 'failed' | 'error' | 'skipped'
}

/**
 * A suite for each minion (a case for each state and check, for its link and its own contracts), one for the contracts of
 * each level, and one for the fleet's files when they are wrong. Findings are failures; what could not be looked at is an
 * error; what only follows from something else is skipped. Pure.
 */
export function renderJunit(report: ComplianceReport): string {
  const suites: readonly (readonly [string, readonly Case[]])[] = [
    ...report.judgements.map(minion => [minion.minion, casesOf(report, minion)] as const),
    ...report.levels.map(({ level }) => [`contracts of ${level}`, contractCases(report, level)] as const),
    ['fleet', report.findings.filter(({ minion, level }) => minion === undefined && level === '').map(caseOf)],
  ]
  const filled = suites.filter(([, cases]) => cases.length > 0)
  const all = filled.flatMap(([, cases]) => cases)
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name=${quoted(`compliance of ${report.fleet.name}`)} ${numbers(all)}>`,
    ...filled.flatMap(([name, cases]) => [
      `  <testsuite name=${quoted(name)} ${numbers(cases)} timestamp=${quoted(report.at.slice(0, 19))} hostname=${quoted(name)}>`,
      ...cases.map(({ body }) => body),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

function casesOf(report: ComplianceReport, minion: MinionJudgement): readonly Case[] {
  const findings = report.findings.filter(finding => finding.minion === minion.minion)
  const group = (name: string): string => `${minion.minion}.${name}`
  const link = findings.some(({ kind }) => kind === 'link') ? [] : [passed(group('link'), 'link')]
  return [
    ...link,
    ...findings.map(caseOf),
    ...minion.right.map(key => passed(group('state'), key)),
    ...minion.passed.map(key => passed(group('check'), key)),
    ...report.demands.filter(one => one.minion === minion.minion && one.ok).map(demandCase),
    ...minion.follows.map(({ key, note }) =>
      testcase(group('state'), key, 'skipped', `<skipped message=${quoted(note)}/>`),
    ),
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
  const element = status === 'unreachable' ? 'error' : 'failure'
  const message = `${STATUS_LABELS[status]}: ${title}`
  const body = `<${element} message=${quoted(message)} type=${quoted(status)}>${escaped(text)}</${element}>`
  const owner = minion ?? (level === '' ? 'fleet' : level)
  return testcase(`${owner}.${kind}`, subject, element === 'error' ? 'error' : 'failed', body)
}

function passed(className: string, name: string): Case {
  return testcase(className, name, 'passed', '')
}

function testcase(className: string, name: string, result: Case['result'], inner: string): Case {
  const head = `    <testcase classname=${quoted(className)} name=${quoted(name)} time="0"`
  return { name, className, result, body: inner === '' ? `${head}/>` : `${head}>\n      ${inner}\n    </testcase>` }
}

function numbers(cases: readonly Case[]): string {
  const of = (result: Case['result']): number => cases.filter(one => one.result === result).length
  return `tests="${cases.length}" failures="${of('failed')}" errors="${of('error')}" skipped="${of('skipped')}"`
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Only characters that XML 1.0 allows: controls become visible escapes, broken surrogates the replacement character. */
function escaped(text: string): string {
  return safe(text, { lines: true })
    .toWellFormed()
    .replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll(/[&<>"']/g, character => ENTITIES[character] ?? '')
}
