import type { Status } from '../report.ts'
import type { DiffView } from '../view/finding-view.ts'
import type { LevelView } from '../view/report-view.ts'
import type { TrendChart } from '../view/trend-chart.ts'
import { type Html, html } from './html-tag.ts'
import { STATUS_LABELS } from './labels.ts'
import { MAIL_CHART } from './trend-svg.ts'

/*
 * Parts of a mail: tables and inline styles, no stylesheet and no SVG. Text has no colour and no background of its own, except both
 * together, so that a mail reader with a dark background shows it light.
 */

/** White text on these has a contrast of at least 4.5 to 1. */
const COLOURS: { readonly [status in Status]: string } = {
  unreachable: '#5b4a8a',
  failed: '#a4262c',
  'contract-broken': '#8a4510',
  drifted: '#745600',
  outdated: '#1f5c99',
  compliant: '#22693c',
}
const FILLED = '#2e8b57'
const EMPTY = '#b0b6b5'
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const MONO = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"
const WRAP = 'overflow-wrap:anywhere;word-break:break-word'
const LONGEST_LINE = 200

/** The style of all text, which tables do not inherit in every mail reader. */
export const TEXT: Html = { html: `style="${FONT};font-size:15px;line-height:1.5;text-align:left;${WRAP}"` }
export const SMALL: Html = { html: `style="margin:2px 0;font-size:13px;line-height:1.45;${WRAP}"` }
export const LINE: Html = { html: `style="margin:3px 0;${WRAP}"` }

/** Renders a table for layout only. Pure. */
export function layout(style: Html, rows: readonly Html[] | Html): Html {
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" ${style}>${rows}</table>`
}

/** Renders a status as a word on its colour. Pure. */
export function mailBadge(status: Status): Html {
  const style: Html = {
    html: `style="background-color:${COLOURS[status]};color:#ffffff;padding:2px 9px;border-radius:10px;font-size:12px;font-weight:bold;white-space:nowrap"`,
  }
  return html`<span ${style}>${STATUS_LABELS[status]}</span>`
}

/** Puts a bar in the colour of a status to the left of a block. Pure. */
export function marked(status: Status, inside: Html): Html {
  const edge: Html = { html: `style="background-color:${COLOURS[status]};font-size:1px;line-height:1px"` }
  const block: Html = {
    html: `style="padding:2px 0 4px 4px;${FONT};font-size:15px;line-height:1.5;text-align:left;${WRAP}"`,
  }
  return layout(
    { html: 'style="margin:0 0 14px;table-layout:fixed"' },
    html`<tr><td width="4" bgcolor="${COLOURS[status]}" ${edge}>&nbsp;</td><td width="8"></td><td ${block}>${inside}</td></tr>`,
  )
}

/** Renders commands and other code. Pure. */
export function mailCode(text: string): Html {
  return html`<code ${{ html: `style="${MONO};font-size:13px;${WRAP}"` }}>${text}</code>`
}

/** Renders words between backticks as code. Pure. */
export function mailText(text: string): Html {
  const parts = cut(text, 600).split('`')
  if (parts.length % 2 === 0) return html`${cut(text, 600)}`
  return html`${parts.map((part, index) => (index % 2 === 1 ? mailCode(part) : part))}`
}

const DIFF_STYLE: { readonly [sign: string]: string } = {
  '+': 'background-color:#e7f5eb;color:#1f6b3a',
  '-': 'background-color:#fbeaea;color:#a4262c',
}

/** Renders a unified diff; the signs stay, so it can be read without colour. Pure. */
export function mailDiff({ lines, more }: DiffView): Html {
  const rows = lines.map(line => {
    const text = cut(line, LONGEST_LINE)
    const style = DIFF_STYLE[line.charAt(0)]
    return style === undefined ? html`${text}\n` : html`<span ${{ html: `style="${style}"` }}>${text}</span>\n`
  })
  const style = `style="margin:6px 0;${MONO};font-size:12px;line-height:1.45;white-space:pre-wrap;${WRAP}"`
  return html`<pre ${{ html: style }}>${rows}${more}</pre>`
}

/** Renders a level with the share that is compliant. Pure. */
export function mailLevel({ name, score, percent, compliant, trouble }: LevelView): Html {
  const share = Math.round(score)
  const cell = (width: number, colour: string): Html | undefined => {
    const style: Html = { html: `style="background-color:${colour};height:10px;font-size:1px;line-height:10px"` }
    return width === 0 ? undefined : html`<td width="${width}%" height="10" bgcolor="${colour}" ${style}>&nbsp;</td>`
  }
  const head: Html = { html: `style="${FONT};font-size:15px;padding:8px 0 3px;text-align:left"` }
  const end: Html = { html: `style="${FONT};font-size:15px;padding:8px 0 3px;text-align:right;white-space:nowrap"` }
  const note: Html = { html: `style="${FONT};font-size:13px;line-height:1.4;padding:3px 0 6px;text-align:left"` }
  const words = [...compliant, ...(trouble === '' ? [] : [trouble])].join(' · ')
  return html`<tr><td ${head}><b>${name}</b></td><td align="right" ${end}><b>${percent}</b></td></tr>
<tr><td colspan="2">${layout({ html: '' }, html`<tr>${cell(share, FILLED)}${cell(100 - share, EMPTY)}</tr>`)}</td></tr>
<tr><td colspan="2" ${note}>${words}</td></tr>`
}

/** Renders the picture of the trend with the words of its axes in cells, so that they are there without the picture. Pure. */
export function mailTrend({ scores, times, words }: TrendChart, picture: string): Html {
  const { width, height } = MAIL_CHART
  const axis = `${FONT};font-size:11px;line-height:12px`
  const places = ['top', 'middle', 'bottom']
  const image = html`<td rowspan="3" width="${width}"><img src="cid:${picture}" width="${width}" height="${height}" alt="${words}" ${{ html: `style="display:block;border:0;${FONT};font-size:12px;line-height:1.4"` }}></td>`
  const rows = scores.toReversed().map(({ text }, index) => {
    const place = places[index] ?? 'middle'
    const style: Html = {
      html: `style="${axis};padding:0 6px 0 0;white-space:nowrap;text-align:right;vertical-align:${place}"`,
    }
    return html`<tr><td height="${height / 3}" align="right" valign="${place}" ${style}>${text}</td>${index === 0 ? image : undefined}</tr>`
  })
  const moments = times.map(({ at, text }) => {
    const side = at <= 0 ? 'left' : at >= 1 ? 'right' : 'center'
    return html`<td width="${Math.floor(100 / times.length)}%" align="${side}" nowrap ${{ html: `style="${axis};text-align:${side};white-space:nowrap"` }}>${text}${at < 1 ? { html: '&nbsp;' } : undefined}</td>`
  })
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0">${rows}
<tr><td></td><td width="${width}">${layout({ html: '' }, html`<tr>${moments}</tr>`)}</td></tr></table>`
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text
}
