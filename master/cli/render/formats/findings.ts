import { formatPosition } from '../../../../protocol/source.ts'
import { STATUS_LABELS } from '../../../compliance/format/labels.ts'
import type { ComplianceReport, Finding } from '../../../compliance/report.ts'
import { namesText } from '../minion-names.ts'
import { type Annotation, annotationText } from './annotation.ts'
import { code, fenced, markdownText } from './markdown-text.ts'

/** One thing that is wrong, on these minions; none: it is about a level or the fleet. */
interface Group {
  readonly first: Finding
  readonly minions: readonly string[]
}

/** Findings at the lines of the fleet that declare what is wrong: errors, and warnings for drift. Pure. */
export function complianceAsGithub(report: ComplianceReport): string {
  const annotations = groupsOf(report).map(({ first, minions }): Annotation => {
    const { status, title, detail, why, next, source } = first
    return {
      level: status === 'drifted' || status === 'outdated' ? 'warning' : 'error',
      title: `${STATUS_LABELS[status]}: ${first.subject}`,
      message: [
        ...(minions.length === 0 ? [] : [`on ${namesText(minions)}`]),
        detail ?? title,
        ...(why === undefined ? [] : [why]),
        ...(next === undefined ? [] : [`next: ${next}`]),
      ].join('\n'),
      source,
    }
  })
  return `${annotationText(annotations)}${sumOf(report)}\n`
}

/** A report as a comment on a pull request. Pure. */
export function complianceAsMarkdown(report: ComplianceReport): string {
  const rows = report.levels.map(
    ({ level, score, right, judged }) => `| ${code(level)} | ${score} % | ${right} of ${judged} |`,
  )
  const table = rows.length === 0 ? '' : ['| level | score | compliant |', '|---|---|---|', ...rows].join('\n')
  const blocks = groupsOf(report).map(({ first, minions }) => {
    const { status, subject, title, detail, why, diff, source } = first
    const names = minions.length === 0 ? '' : ` on ${namesText(minions)}`
    const place = source === undefined ? '' : `, ${code(formatPosition(source))}`
    return [
      `**${STATUS_LABELS[status]}** ${code(subject)}${names}${place}`,
      fenced([detail ?? title, ...(why === undefined ? [] : [why])].join('\n'), 'text'),
      ...(diff === undefined ? [] : [fenced(diff, 'diff')]),
    ].join('\n\n')
  })
  const more = `master compliance show ${report.id}`
  const sections = [{ title: 'Findings', folded: false, blocks }]
  return markdownText(
    [`### Compliance: ${report.score} %`, sumOf(report), table],
    sections,
    `details: ${code(more)}`,
    more,
  )
}

function groupsOf({ findings }: ComplianceReport): readonly Group[] {
  const groups = Map.groupBy(findings, ({ status, kind, subject, title, detail, minion, level }) => {
    return JSON.stringify([status, kind, subject, title, detail, minion === undefined ? level : ''])
  })
  return [...groups.values()].flatMap(group => {
    const minions = group.flatMap(({ minion }) => (minion === undefined ? [] : [minion]))
    return group[0] === undefined ? [] : [{ first: group[0], minions }]
  })
}

function sumOf({ score, right, judged, findings }: ComplianceReport): string {
  return `${score} %: ${right} of ${judged} compliant, ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`
}
