import { moment } from '../judge-states.ts'
import type { ComplianceReport, Finding } from '../report.ts'
import { badge, diffBlock } from './html-parts.ts'
import { type Html, html, withCode } from './html-tag.ts'
import { age, CAUSE_WORDS, whoOf } from './words.ts'

/** So many stand open; the rest is folded, so that a bad day of a large fleet still opens on a phone. */
const OPEN = 60

/** What needs attention, the worst first. Pure. */
export function findingsSection(report: ComplianceReport): Html {
  const { findings } = report
  if (findings.length === 0) {
    return html`<section aria-labelledby="attention"><h2 id="attention">Needs attention</h2>
<p class="card calm">Nothing. Everything is as the fleet's files say.</p></section>`
  }
  const cards = findings.map(finding => findingCard(finding, report.at))
  const rest = cards.slice(OPEN)
  return html`<section aria-labelledby="attention"><h2 id="attention">Needs attention <span class="soft">(${findings.length})</span></h2>
${cards.slice(0, OPEN)}
${rest.length === 0 ? undefined : html`<details class="fold card"><summary>${rest.length} more</summary><div class="inside">${rest}</div></details>`}</section>`
}

function findingCard(finding: Finding, at: string): Html {
  const { status, title, level, minion, role, since, cause, why, detail, actions, diff, states, source, next } = finding
  const facts = [
    ...(minion === undefined || level === '' ? [] : [level]),
    ...(role === undefined ? [] : [`role ${role}`]),
    ...(since === undefined ? [] : [sinceText(since, at)]),
    ...(cause === undefined ? [] : [CAUSE_WORDS[cause]]),
    ...(source === undefined ? [] : [`${source.file}:${source.line}`]),
  ]
  return html`<article class="finding card">
<div class="head">${badge(status)} <span class="who">${whoOf(finding)}</span> <h3>${title}</h3></div>
${facts.length === 0 ? undefined : html`<p class="facts">${facts.join(' · ')}</p>`}
${detail === undefined ? undefined : html`<p class="detail">${withCode(detail)}</p>`}
${actions.length === 0 ? undefined : html`<ul>${actions.map(action => html`<li>an apply would ${withCode(action)}</li>`)}</ul>`}
${diff === undefined ? undefined : diffBlock(diff)}
${states.length === 0 ? undefined : html`<ul>${states.map(one => html`<li>${one.change} <code>${one.key}</code>${one.diff === undefined ? undefined : diffBlock(one.diff)}</li>`)}</ul>`}
${why === undefined ? undefined : html`<p class="small soft">${withCode(why)}</p>`}
${next === undefined ? undefined : html`<p class="next">Next: <code>${next}</code></p>`}
</article>`
}

function sinceText(since: string, at: string): string {
  const text = age(since, at)
  return `since ${moment(since)}${text === '' ? '' : ` (${text})`}`
}
