import { count, moment } from '../judge-states.ts'
import { type ComplianceReport, type LevelSummary, STATUSES } from '../report.ts'
import { findingsSection } from './html-findings.ts'
import { badge, levelBar, scoreRing, trendFigure } from './html-parts.ts'
import { STYLE } from './html-style.ts'
import { restSection } from './html-tables.ts'
import { type Html, html } from './html-tag.ts'
import { nextSteps, troubleOf } from './labels.ts'
import { percent } from './trend.ts'

/** The page is self-contained: it may load nothing and run nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** Renders one self-contained page without scripts: a summary, what needs attention, and everything else folded. Pure. */
export function renderHtml(report: ComplianceReport): string {
  const { fleet, findings } = report
  const title = `Compliance of ${fleet.name}: ${percent(report.score)}`
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<header class="top">
<h1>Compliance of ${fleet.name}</h1>
<p class="soft">${moment(report.at)} UTC · target <code>${report.target}</code>${report.cached ? ' · from the last test runs' : ''}</p>
</header>
<main>
<section class="summary card" aria-label="Summary">
${scoreRing(report.score)}
<div><p class="lead">${sentence(report)}</p>
<p class="soft">${report.right} of ${report.judged} compliant · ${count(report.judgements.length, 'minion')} and ${count(report.contracts.kept + report.contracts.broken, 'contract')}</p>
<ul class="tally">${STATUSES.filter(status => report.minions[status] > 0).map(status => html`<li>${badge(status, report.minions[status])}</li>`)}${report.contracts.broken === 0 ? undefined : html`<li><span class="badge contract-broken">${count(report.contracts.broken, 'contract')} broken</span></li>`}</ul></div>
${trendFigure(report.trend)}
</section>
<section aria-labelledby="levels"><h2 id="levels">Levels</h2><div class="levels">${report.levels.map(levelCard)}</div></section>
${findingsSection(report)}
${nextSection(nextSteps(findings))}
${restSection(report)}
</main>
<footer><p>Fleet ${fleet.name}, revision <code>${fleet.revision.slice(0, 12)}</code>${gitText(fleet)}. Asked by ${report.operator}. Report <code>${report.id}</code>${report.job === undefined ? undefined : html`, job <code>${report.job}</code>`}.</p></footer>
</body>
</html>
`
  return page.html
}

function sentence({ findings, judgements }: ComplianceReport): string {
  if (findings.length === 0) return 'Everything is compliant.'
  const minions = judgements.filter(({ status }) => status !== 'compliant').length
  const where = minions === 0 ? 'none about a single minion' : `on ${minions} of ${count(judgements.length, 'minion')}`
  return `${count(findings.length, 'finding')}, ${where}.`
}

function levelCard(level: LevelSummary): Html {
  const trouble = troubleOf(level)
  return html`<div class="level card"><span class="score">${percent(level.score)}</span><h3>${level.level === '' ? 'no level' : level.level}</h3>
${levelBar(level)}<p class="small soft">${level.right} of ${level.judged} compliant${trouble === '' ? undefined : html`: ${trouble}`}</p></div>`
}

function nextSection(steps: readonly string[]): Html {
  if (steps.length === 0) return html``
  return html`<section aria-labelledby="next"><h2 id="next">What to type next</h2><ol class="steps card">${steps.slice(0, 10).map(step => html`<li><code>${step}</code></li>`)}</ol></section>`
}

function gitText({ git, dirty }: ComplianceReport['fleet']): Html {
  if (git === undefined) return html``
  return html`, git <code>${git.slice(0, 12)}</code>${dirty === true ? ' with uncommitted changes' : ''}`
}
