import type { LevelSummary, Status, TrendPoint } from '../report.ts'
import { STATUSES } from '../report.ts'
import { type Html, html } from './html-tag.ts'
import { diffLines, STATUS_LABELS } from './labels.ts'
import { percent } from './trend.ts'

/** Renders a status as a word on its colour. Pure. */
export function badge(status: Status, count?: number): Html {
  const words = count === undefined ? STATUS_LABELS[status] : `${count} ${STATUS_LABELS[status]}`
  return html`<span class="badge ${status}">${words}</span>`
}

/** Renders a unified diff line by line. The signs stay, so it can be read without colour. Pure. */
export function diffBlock(diff: string): Html {
  const lines = diffLines(diff).map(line => {
    const kind = line.startsWith('@@') ? 'at' : line.startsWith('+') ? 'add' : line.startsWith('-') ? 'cut' : 'same'
    return html`<span class="${kind}">${line === '' ? ' ' : line}</span>`
  })
  return html`<pre class="diff">${lines}</pre>`
}

const RADIUS = 52
const AROUND = 2 * Math.PI * RADIUS

/** Renders the score as a ring with a number. Pure. */
export function scoreRing(score: number): Html {
  const filled = (Math.min(100, Math.max(0, score)) / 100) * AROUND
  const tone = score >= 100 ? 'good' : score >= 90 ? 'fair' : 'poor'
  return html`<svg class="ring" viewBox="0 0 120 120" role="img" aria-label="Score ${percent(score)}">
<circle class="track" cx="60" cy="60" r="${RADIUS}" fill="none" stroke-width="9"/>
${score <= 0 ? undefined : html`<circle class="${tone}" cx="60" cy="60" r="${RADIUS}" fill="none" stroke-width="9" stroke-linecap="round" stroke-dasharray="${filled.toFixed(1)} ${AROUND.toFixed(1)}" transform="rotate(-90 60 60)"/>`}
<text x="60" y="69" text-anchor="middle">${score}<tspan font-size="15" dx="2">%</tspan></text>
</svg>`
}

/** Renders the minions of a level by status, as one bar. Pure. */
export function levelBar({ level, minions }: LevelSummary): Html {
  const total = Object.values(minions).reduce((sum, number) => sum + number, 0)
  let left = 0
  const parts = STATUSES.toReversed().flatMap(status => {
    const width = total === 0 ? 0 : (minions[status] / total) * 100
    const x = left
    left += width
    return width === 0
      ? []
      : [html`<rect class="fill-${status}" x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="4"/>`]
  })
  return html`<svg viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="Minions of ${level} by status"><rect class="bar-ground" width="100" height="4"/>${parts}</svg>`
}

const WIDTH = 300
const TOP = 12
const BOTTOM = 78

/** Renders the scores of this and earlier reports. Pure. */
export function trendFigure(trend: readonly TrendPoint[]): Html {
  const [first] = trend
  const last = trend.at(-1)
  if (first === undefined || last === undefined || trend.length < 2) {
    return html`<figure class="trend"><figcaption>This is the first report of this target: the trend begins here.</figcaption></figure>`
  }
  const lowest = Math.min(...trend.map(({ score }) => score))
  const floor = Math.max(0, Math.floor((lowest - 1) / 10) * 10)
  const at = ({ score }: TrendPoint, index: number): readonly [number, number] => [
    28 + (index / (trend.length - 1)) * (WIDTH - 40),
    BOTTOM - ((score - floor) / (100 - floor)) * (BOTTOM - TOP),
  ]
  const points = trend.map((point, index) =>
    at(point, index)
      .map(value => value.toFixed(1))
      .join(','),
  )
  const [x, y] = at(last, trend.length - 1)
  const words = `Score of ${trend.length} reports, from ${percent(first.score)} to ${percent(last.score)}`
  return html`<figure class="trend"><svg viewBox="0 0 ${WIDTH} 84" role="img" aria-label="${words}">
<line class="grid" x1="28" y1="${TOP}" x2="${WIDTH - 12}" y2="${TOP}"/><line class="grid" x1="28" y1="${BOTTOM}" x2="${WIDTH - 12}" y2="${BOTTOM}"/>
<text x="22" y="${TOP + 3}" text-anchor="end">100</text><text x="22" y="${BOTTOM + 3}" text-anchor="end">${floor}</text>
<polygon class="area" points="28,${BOTTOM} ${points.join(' ')} ${WIDTH - 12},${BOTTOM}"/>
<polyline class="path" points="${points.join(' ')}" fill="none" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>
<circle class="dot" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3.5"/>
</svg><figcaption><span>${first.at.slice(0, 10)}: ${percent(first.score)}</span><span>${last.at.slice(0, 10)}: ${percent(last.score)}</span></figcaption></figure>`
}
