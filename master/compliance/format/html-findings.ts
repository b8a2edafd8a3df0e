import { count } from '../judge-states.ts'
import type { ComplianceReport, Finding } from '../report.ts'
import { badge, diffBlock } from './html-parts.ts'
import { type Html, html, withCode } from './html-tag.ts'
import { CAUSE_LABELS, sinceText, whoOf } from './labels.ts'

/** Limit for the cards shown expanded, so that a long report of a large fleet still opens on a phone. */
const OPEN = 40

/** Renders what needs attention: a card per minion or level, worst first. Pure. */
export function findingsSection(report: ComplianceReport): Html {
  const { findings } = report
  if (findings.length === 0) {
    return html`<section aria-labelledby="attention"><h2 id="attention">Needs attention</h2>
<p class="card calm">Nothing. Every minion matches the fleet files.</p></section>`
  }
  const cards = [...Map.groupBy(findings, whoOf)].map(([who, of]) => card(who, of, report.at))
  const rest = cards.slice(OPEN)
  return html`<section aria-labelledby="attention"><h2 id="attention">Needs attention <span class="soft">${count(findings.length, 'finding')}</span></h2>
${cards.slice(0, OPEN)}
${rest.length === 0 ? undefined : html`<details class="fold card"><summary>${rest.length} more</summary><div class="inside">${rest}</div></details>`}</section>`
}

function card(who: string, findings: readonly Finding[], at: string): Html {
  const next = [...new Set(findings.flatMap(finding => finding.next ?? []))]
  const level = findings.find(({ minion }) => minion !== undefined)?.level ?? ''
  return html`<article class="about card"><header><h3>${who} ${level === '' ? undefined : html`<span class="soft">${level}</span>`}</h3>
${next.length === 0 ? undefined : html`<p class="next">${next.map(command => html`<code>${command}</code> `)}</p>`}</header>
${findings.map(finding => findingBlock(finding, at))}
</article>`
}

/** Renders a finding: severity, start and cause at the side, then the details. */
function findingBlock(finding: Finding, at: string): Html {
  const { status, role, since, cause, why, detail, actions, diff, states, source } = finding
  const place = [
    ...(role === undefined ? [] : [`role ${role}`]),
    ...(source === undefined ? [] : [`${source.file}:${source.line}`]),
  ]
  return html`<section class="finding">
<div class="side">${badge(status)}${since === undefined ? undefined : html`<span class="when">${sinceText(since, at)}</span>`}${cause === undefined ? undefined : html`<span class="cause">${CAUSE_LABELS[cause]}</span>`}</div>
<div class="what"><h4>${titleOf(finding)}</h4>
${detail === undefined ? undefined : html`<p class="detail">${withCode(detail)}</p>`}
${listOf(actions.map(action => html`an apply would ${withCode(action)}`))}
${diff === undefined ? undefined : diffBlock(diff)}
${listOf(states.map(one => html`${one.change} <code>${one.key}</code>${one.diff === undefined ? undefined : diffBlock(one.diff)}`))}
${why === undefined ? undefined : html`<p class="facts">${withCode(why)}</p>`}
${place.length === 0 ? undefined : html`<p class="facts">${place.join(' · ')}</p>`}</div>
</section>`
}

/** Highlights the first word of a title when it is the kind and a name follows. */
function titleOf({ kind, title }: Finding): Html {
  const [, first, rest] = /^(\S+) (.+)$/s.exec(title) ?? []
  const named = kind === 'state' || kind === 'check' || kind === 'contract' || kind === 'certificate'
  return named && first !== undefined ? html`<span class="kind">${first}</span> ${rest}` : html`${title}`
}

/** Renders one item as a sentence, several as a list. */
function listOf(items: readonly Html[]): Html | undefined {
  const [only] = items
  if (only === undefined) return undefined
  if (items.length === 1) return html`<div class="detail">${only}</div>`
  return html`<ul>${items.map(item => html`<li>${item}</li>`)}</ul>`
}
