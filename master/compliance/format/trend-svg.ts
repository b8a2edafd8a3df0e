import type { TrendChart } from '../view/trend-chart.ts'
import { type Html, html } from './html-tag.ts'

/** Size of the area of a chart that shows values, and its distance to the edges. */
interface Frame {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const PAGE = { width: 340, height: 150 }
const PAGE_FRAME: Frame = { left: 42, top: 10, width: 286, height: 112 }
/** Size of the picture in a mail, in pixels of the mail: with its axis it fits into 320. */
export const MAIL_CHART = { width: 248, height: 96 }
const MAIL_FRAME: Frame = { left: 4, top: 4, width: 240, height: 88 }
/** Colours with a contrast of at least 3 to 1 to white and to black: the picture has no background of its own. */
const MAIL_INK = { line: '#3579b8', area: '#3579b8', grid: '#8b9297' }
const MOST_DOTS = 40

/** Renders the chart for the page, whose stylesheet has its colours. Pure. */
export function trendSvg(chart: TrendChart): Html {
  const { left, top, width, height } = PAGE_FRAME
  const anchor = (at: number): string => (at <= 0 ? 'start' : at >= 1 ? 'end' : 'middle')
  return html`<svg viewBox="0 0 ${PAGE.width} ${PAGE.height}" role="img" aria-label="${chart.words}">
${grid(chart, PAGE_FRAME, html`class="grid"`)}
${chart.scores.map(({ at, text }) => html`<text x="${left - 7}" y="${top + height * (1 - at) + 4}" text-anchor="end">${text}</text>`)}
${chart.times.map(({ at, text }) => html`<text x="${fixed(left + width * at)}" y="${PAGE.height - 8}" text-anchor="${anchor(at)}">${text}</text>`)}
${plot(chart, PAGE_FRAME, { area: html`class="area"`, line: html`class="path"`, dot: html`class="dot"` })}
</svg>`
}

/** Renders the same chart without words, as the source of a picture: a mail has the words in cells beside it. Pure. */
export function trendPictureSvg(chart: TrendChart): string {
  const { width, height } = MAIL_CHART
  const inks = {
    area: html`fill="${MAIL_INK.area}" fill-opacity="0.15"`,
    line: html`stroke="${MAIL_INK.line}"`,
    dot: html`fill="${MAIL_INK.line}"`,
  }
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${grid(chart, MAIL_FRAME, html`stroke="${MAIL_INK.grid}" stroke-width="0.75"`)}
${plot(chart, MAIL_FRAME, inks)}
</svg>`.html
}

function grid(chart: TrendChart, { left, top, width, height }: Frame, ink: Html): Html {
  const bottom = top + height
  const rows = chart.scores.map(({ at }) => {
    const y = fixed(bottom - height * at)
    return html`<line ${ink} x1="${left}" y1="${y}" x2="${left + width}" y2="${y}"/>`
  })
  const columns = chart.times.map(({ at }) => {
    const x = fixed(left + width * at)
    return html`<line ${ink} x1="${x}" y1="${bottom}" x2="${x}" y2="${bottom + 4}"/>`
  })
  return html`${rows}${columns}`
}

interface Inks {
  readonly area: Html
  readonly line: Html
  readonly dot: Html
}

function plot(chart: TrendChart, { left, top, width, height }: Frame, { area, line, dot }: Inks): Html {
  const bottom = top + height
  const points = chart.points.map(({ x, y }) => [fixed(left + width * x), fixed(bottom - height * y)] as const)
  const path = points.map(([x, y]) => `${x},${y}`).join(' ')
  const dots = points.length > MOST_DOTS ? points.slice(-1) : points
  return html`<polygon ${area} points="${left},${bottom} ${path} ${left + width},${bottom}"/>
<polyline ${line} points="${path}" fill="none" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>
${dots.map(([x, y], index) => html`<circle ${dot} cx="${x}" cy="${y}" r="${index === dots.length - 1 ? 4 : 2}"/>`)}`
}

function fixed(value: number): string {
  return value.toFixed(1)
}
