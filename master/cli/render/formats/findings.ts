import { STATUS_LABELS } from '../../../compliance/format/labels.ts'
import type { ComplianceReport } from '../../../compliance/report.ts'
import { type FindingView, type Limits, whereOf } from '../../../compliance/view/finding-view.ts'
import { reportView } from '../../../compliance/view/report-view.ts'
import { type Annotation, annotationText } from './annotation.ts'
import { code, fenced, markdownText, type Section } from './markdown-text.ts'

/** A comment has a limit of its own, in characters. */
const LIMITS: Limits = { findings: 1000, diffLines: 200, states: 100 }

/** Findings at the lines of the fleet that declare what is wrong: errors, and warnings for drift. Pure. */
export function complianceAsGithub(report: ComplianceReport): string {
  const { percent, compliant, findings } = reportView(report, LIMITS)
  const annotations = report.groups.map((group): Annotation => {
    const { status, subject, minions, title, detail, why, next, source } = group
    return {
      level: status === 'drifted' || status === 'outdated' ? 'warning' : 'error',
      title: `${STATUS_LABELS[status]}: ${subject}`,
      message: [
        ...(minions.length === 0 ? [] : [`on ${whereOf(group)}`]),
        detail ?? title,
        ...(why === undefined ? [] : [why]),
        ...(next === undefined ? [] : [`next: ${next}`]),
      ].join('\n'),
      source,
    }
  })
  return `${annotationText(annotations)}${percent}: ${[...compliant, findings].join(', ')}\n`
}

/** A report as a comment on a pull request. Pure. */
export function complianceAsMarkdown(report: ComplianceReport): string {
  const view = reportView(report, LIMITS)
  const rows = view.levels.map(
    ({ name, percent, compliant }) => `| ${code(name)} | ${percent} | ${compliant.join(', ')} |`,
  )
  const table = rows.length === 0 ? '' : ['| level | score | compliant |', '|---|---|---|', ...rows].join('\n')
  const more = `master compliance show ${report.id}`
  const sections = view.sections.map(({ title, note, findings }): Section => {
    return { title: `${title}: ${note}`, folded: false, blocks: findings.map(blockOf) }
  })
  const { resolved } = view
  const gone = resolved === undefined ? [] : [{ title: resolved.title, folded: true, blocks: resolved.items.map(code) }]
  const head = [`### Compliance: ${view.percent}`, [...view.compliant, view.findings].join(', '), table]
  return markdownText(head, [...sections, ...gone], `details: ${code(more)}`, more)
}

function blockOf({ label, kind, name, where, detail, actions, diff, states, facts, why, place }: FindingView): string {
  const title = `${kind === '' ? '' : `${kind} `}${name}`
  const lines = [...detail, ...actions, ...states.map(({ text }) => text), facts.join(', '), why ?? '', place]
  return [
    `**${label}** ${code(title)} on ${code(where)}`,
    fenced(lines.filter(line => line !== '').join('\n'), 'text'),
    ...(diff === undefined ? [] : [fenced(diff.lines.join('\n'), 'diff')]),
  ].join('\n\n')
}
