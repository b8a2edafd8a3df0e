import type { ComplianceReport } from '../report.ts'
import type { FindingView, Limits } from '../view/finding-view.ts'
import { type ListView, moreText, type ReportView, reportView, type SectionView } from '../view/report-view.ts'
import { bytesOf, type Html, html, roomOf } from './html-tag.ts'
import {
  LINE,
  layout,
  mailBadge,
  mailCode,
  mailDiff,
  mailLevel,
  mailText,
  mailTrend,
  marked,
  SMALL,
  TEXT,
} from './mail-parts.ts'

/** The name of the picture of the trend, which the mail brings along. */
export const TREND_PICTURE = 'trend.png'

const LIMITS: Limits = { findings: 40, diffLines: 12, states: 6 }
/** Gmail hides what follows after 102 kB; the rest is in the attached page. */
const MOST_BYTES = 100_000
/** Of these, what each list can have at most. Findings get what the others leave. */
const ROOM = { levels: 30_000, resolved: 12_000, orphans: 4000, next: 8000 }
const MOST_NAMES = 600

/**
 * Renders the body of a mail: tables and inline styles, so that it can be read where style elements and SVG are dropped and pictures
 * are blocked. The same words as the page, in the same order; open findings that are not new are short. Pure.
 */
export function renderMail(report: ComplianceReport, hasPicture: boolean): string {
  const view = reportView(report, LIMITS)
  const before = html`<h1 style="margin:0;font-size:22px;line-height:1.3">${view.title}</h1>
<p ${SMALL}>${mailText(view.about.join(' · '))}</p>
${summaryBlock(view, hasPicture)}
${heading('Levels', '')}
${levelsBlock(view.levels)}`
  const after = html`${listBlock(view.resolved, mailText, ROOM.resolved)}${listBlock(view.orphans, mailText, ROOM.orphans)}
${listBlock(view.next, mailCode, ROOM.next)}
<p ${SMALL}>The attached page has all details.</p>
<p ${SMALL}>${mailText(view.origin.join(' · '))}</p>`
  const headings = view.sections.map(section => sectionBlock({ ...section, left: 1 }, []))
  const fixed = [documentOf(view, html``), before, after, ...headings]
  const fill = roomOf(fixed.reduce((left, part) => left - bytesOf(part), MOST_BYTES))
  const sections = view.sections.map(section =>
    sectionBlock(section, fill(section.findings, section.id === 'known' ? shortBlock : findingBlock)),
  )
  const calm = html`<p ${LINE}><b>Everything is compliant.</b></p>`
  return documentOf(
    view,
    html`${before}
${sections.length === 0 ? calm : sections}
${after}`,
  ).html
}

function documentOf({ title, percent }: ReportView, inside: Html): Html {
  const column = html`<tr><td align="left" ${TEXT}>
${inside}
</td></tr>`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}: ${percent}</title>
</head>
<body style="margin:0;padding:0">
${layout({ html: '' }, html`<tr><td align="center" style="padding:20px 12px">${layout({ html: 'style="max-width:660px;table-layout:fixed"' }, column)}</td></tr>`)}
</body>
</html>
`
}

function summaryBlock({ percent, compliant, findings, trend, trendNote }: ReportView, hasPicture: boolean): Html {
  return html`<div style="display:inline-block;vertical-align:top;width:100%;max-width:290px;margin:12px 0 0">
<p style="margin:0;font-size:38px;line-height:1.2"><b>${percent}</b></p>
${[...compliant, findings].map((text, index) => html`<p ${LINE}>${index === 0 ? html`<b>${text}</b>` : text}</p>`)}</div>
<div style="display:inline-block;vertical-align:top;width:100%;max-width:340px;margin:16px 0 0">
${trend === undefined || !hasPicture ? undefined : mailTrend(trend, TREND_PICTURE)}<p ${SMALL}>${trendNote}</p></div>`
}

function levelsBlock(levels: ReportView['levels']): Html {
  const shown = roomOf(ROOM.levels)(levels, mailLevel)
  return html`${layout({ html: '' }, shown)}${moreBlock(levels.length - shown.length)}`
}

/** Says how many items have no room here. */
function moreBlock(left: number): Html | undefined {
  return left === 0 ? undefined : html`<p ${LINE}>${moreText(left)}: see the attached page</p>`
}

function heading(title: string, note: string): Html {
  const style: Html = { html: 'style="margin:26px 0 8px;font-size:18px;line-height:1.3"' }
  return html`<h2 ${style}>${title}${note === '' ? undefined : html`: <span style="display:inline-block;font-size:14px;font-weight:normal">${note}</span>`}</h2>`
}

function sectionBlock({ title, note, findings, left }: SectionView, shown: readonly Html[]): Html {
  return html`${heading(title, note)}${shown}${moreBlock(left + findings.length - shown.length)}`
}

function headOf({ status, kind, name, where, levels, facts }: FindingView): Html {
  return html`${mailBadge(status)}&nbsp; ${kind === '' ? undefined : `${kind} `}<b>${name}</b>
<p ${LINE}><b>${where}</b> ${[levels, ...facts].filter(text => text !== '').join(' · ')}</p>`
}

function findingBlock(finding: FindingView): Html {
  const { status, detail, actions, diff, states, why, place, minions, next } = finding
  const names = minions.map(({ names: all }) => all).join(', ')
  const lines = [detail.join('\n'), ...actions].filter(text => text !== '')
  return marked(
    status,
    html`${headOf(finding)}
${lines.map(line => html`<p ${LINE}>${mailText(line)}</p>`)}
${diff === undefined ? undefined : mailDiff(diff)}
${states.map(one => html`<p ${LINE}>${mailText(one.text)}</p>${one.diff === undefined ? undefined : mailDiff(one.diff)}`)}
${why === undefined ? undefined : html`<p ${SMALL}>${mailText(why)}</p>`}
${place === '' ? undefined : html`<p ${SMALL}>${place}</p>`}
${names === '' || names.length > MOST_NAMES ? undefined : html`<p ${SMALL}>All minions: ${names}</p>`}
${next === undefined ? undefined : html`<p ${LINE}>${mailCode(next)}</p>`}`,
  )
}

function shortBlock(finding: FindingView): Html {
  const [line = finding.states[0]?.text ?? ''] = [...finding.detail, ...finding.actions]
  return marked(
    finding.status,
    html`${headOf(finding)}${line === '' ? undefined : html`<p ${SMALL}>${mailText(line)}</p>`}`,
  )
}

function listBlock(list: ListView | undefined, item: (text: string) => Html, room: number): Html | undefined {
  if (list === undefined) return undefined
  const { title, items, left } = list
  const shown = roomOf(room)(items, text => html`<p ${LINE}>${item(text)}</p>`)
  return html`${heading(title, '')}${shown}${moreBlock(left + items.length - shown.length)}`
}
