import type { Status } from '../report.ts'
import type { DiffView } from '../view/finding-view.ts'
import type { LevelView, ReportView } from '../view/report-view.ts'
import type { TrendChart } from '../view/trend-chart.ts'
import { type Html, html } from './html-tag.ts'
import { STATUS_LABELS } from './labels.ts'
import { trendSvg } from './trend-svg.ts'

/** Renders a status as a word on its colour. Pure. */
export function badge(status: Status): Html {
  return html`<span class="badge ${status}">${STATUS_LABELS[status]}</span>`
}

/** Renders a unified diff line by line. The signs stay, so it can be read without colour. Pure. */
export function diffBlock({ lines, more }: DiffView): Html {
  const spans = lines.map(line => html`<span class="${lineKind(line)}">${line === '' ? ' ' : line}</span>`)
  return html`<pre class="diff">${spans}${more === '' ? undefined : html`<span class="at">${more}</span>`}</pre>`
}

function lineKind(line: string): 'at' | 'add' | 'cut' | 'same' {
  return line.startsWith('@@') ? 'at' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'cut' : 'same'
}

const RADIUS = 52
const AROUND = 2 * Math.PI * RADIUS

/** Renders the score as a ring with a number. Pure. */
export function scoreRing({ score, percent }: ReportView): Html {
  const filled = (Math.min(100, Math.max(0, score)) / 100) * AROUND
  const tone = score >= 100 ? 'good' : score >= 90 ? 'fair' : 'poor'
  return html`<svg class="ring" viewBox="0 0 120 120" role="img" aria-label="Score ${percent}">
<circle class="track" cx="60" cy="60" r="${RADIUS}" fill="none" stroke-width="9"/>
${score <= 0 ? undefined : html`<circle class="${tone}" cx="60" cy="60" r="${RADIUS}" fill="none" stroke-width="9" stroke-linecap="round" stroke-dasharray="${filled.toFixed(1)} ${AROUND.toFixed(1)}" transform="rotate(-90 60 60)"/>`}
<text x="60" y="69" text-anchor="middle">${score}<tspan font-size="15" dx="2">%</tspan></text>
</svg>`
}

/** Renders the share of a level that is compliant; the rest of the bar stays empty. Pure. */
export function levelBar({ name, score, percent }: LevelView): Html {
  return html`<svg viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="${name}: ${percent} compliant"><rect class="bar-ground" width="100" height="4"/><rect class="bar-filled" width="${score}" height="4"/></svg>`
}

/** Renders the scores of this and earlier reports, as a chart and as a table. Pure. */
export function trendFigure(chart: TrendChart | undefined, note: string): Html {
  if (chart === undefined) return html`<figure class="trend"><figcaption>${note}</figcaption></figure>`
  const rows = chart.rows.map(
    ({ at, score, findings }) =>
      html`<tr><th scope="row">${at}</th><td class="number">${score}</td><td class="number">${findings}</td></tr>`,
  )
  return html`<figure class="trend">${trendSvg(chart)}<figcaption>${note}</figcaption>
<details class="values"><summary>Scores as a table</summary><table><thead><tr><th scope="col">Report of</th><th scope="col" class="number">Score</th><th scope="col" class="number">Findings</th></tr></thead><tbody>${rows}</tbody></table></details></figure>`
}
