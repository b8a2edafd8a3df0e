import type { ComplianceReport } from '../report.ts'
import type { Limits } from '../view/finding-view.ts'
import { type LevelView, reportView } from '../view/report-view.ts'
import { findingsSection, listSection } from './html-findings.ts'
import { levelBar, scoreRing, trendFigure } from './html-parts.ts'
import { STYLE } from './html-style.ts'
import { restSection } from './html-tables.ts'
import { type Html, html, roomOf } from './html-tag.ts'

/** The page is self-contained: it may load nothing and run nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
/** So that the report of a large fleet still opens on a phone. */
const LIMITS: Limits = { findings: 200, diffLines: 100, states: 40 }

const MOST_BYTES = 4_000_000

/** Renders one self-contained page without scripts: a summary, what is new, what is still there, and everything else folded. Pure. */
export function renderHtml(report: ComplianceReport): string {
  const view = reportView(report, LIMITS)
  const fill = roomOf(MOST_BYTES)
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${view.title}: ${view.percent}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<header class="top">
<h1>${view.title}</h1>
<p class="soft">${view.about.join(' · ')}</p>
</header>
<main>
<section class="summary card" aria-label="Summary">
${scoreRing(view)}
<div><p class="lead">${view.compliant[0] ?? ''}</p>
${[...view.compliant.slice(1), view.findings].map(text => html`<p>${text}</p>`)}</div>
${trendFigure(view.trend, view.trendNote)}
</section>
<section aria-labelledby="levels"><h2 id="levels">Levels</h2><div class="levels">${view.levels.map(levelCard)}</div></section>
${view.sections.length === 0 ? html`<p class="card calm">Everything is compliant.</p>` : view.sections.map(section => findingsSection(section, fill))}
${listSection('resolved', view.resolved, text => html`${text}`)}${listSection('orphans', view.orphans, text => html`${text}`)}
${listSection('next', view.next, step => html`<code>${step}</code>`)}
${restSection(report)}
</main>
<footer><p>${view.origin.join(' · ')}</p></footer>
</body>
</html>
`
  return page.html
}

function levelCard(level: LevelView): Html {
  const { name, percent, compliant, trouble } = level
  return html`<div class="level card"><span class="score">${percent}</span><h3>${name}</h3>
${levelBar(level)}${compliant.map(text => html`<p class="small">${text}</p>`)}${trouble === '' ? undefined : html`<p class="small soft">${trouble}</p>`}</div>`
}
