import { expect, it } from 'vitest'
import { renderHtml } from '../../../master/compliance/format/html.ts'
import { renderMail } from '../../../master/compliance/format/mail.ts'
import { judge } from '../../../master/compliance/judge.ts'
import type { ComplianceReport } from '../../../master/compliance/report.ts'
import { facts, minion } from './facts.ts'
import { fortyMinions } from './forty-minions.ts'

/** The words that a reader sees in order, without tags. */
function wordsOf(page: string): string {
  return page
    .replaceAll(/<head>[\s\S]*?<\/head>|<style>[\s\S]*?<\/style>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/(?:&nbsp;|\s)+/g, ' ')
}

const mail = renderMail(judge(fortyMinions()), true)

it('the mail of a compliance report needs no stylesheet, SVG, script or address', () => {
  expect(mail).not.toMatch(/<style|<svg|<script|<link|<object|class=|url\(|href=|https?:|\bon[a-z]+=/)
  expect(mail.match(/\bsrc="[^"]*"/g)).toEqual(['src="cid:trend.png"'])
  expect(mail.match(/<h1[ >]/g)).toHaveLength(1)
  expect([...mail.matchAll(/<table(?! role="presentation")/g)]).toEqual([])
})

it('the mail sets a background only together with a text colour, so that a dark mail reader shows it light', () => {
  const styles = [...mail.matchAll(/style="([^"]*)"/g)].map(([, style]) => style ?? '')
  const inks = styles.filter(style => /(?:^|;)color:/.test(style))
  // An empty cell of a bar has no text.
  const grounds = styles.filter(style => style.includes('background-color:') && !style.includes('font-size:1px'))

  expect(inks.length).toBeGreaterThan(10)
  expect(inks).toEqual(grounds)
})

it('the mail and the page have the same findings in the same words and order', () => {
  const report = judge(fortyMinions())
  const [inMail, inPage] = [mail, renderHtml(report)].map(wordsOf)
  const heads = report.groups.map(({ title }) => title)

  expect(heads).toHaveLength(14)
  for (const words of [inMail, inPage]) {
    expect(heads.filter(title => !words?.includes(title))).toEqual([])
    expect(words).toMatch(/New since 2026-11-20 08:00.*Still open.*Resolved since 2026-11-20 08:00.*Next/)
  }
})

it('the trend of a mail says its scores, its times and what it shows when its picture is blocked', () => {
  expect(mail).toMatch(
    /<img [^>]*alt="Score of 30 reports, from 97 % on 2026-10-23 08:00 to 31.1 % on 2026-11-21 08:00; the lowest/,
  )
  expect(wordsOf(mail)).toMatch(/100 % 50 % 0 % 2026-10-23 2026-11-07 2026-11-21/)
})

it('the mail of a fleet without findings says that everything is compliant', () => {
  expect(wordsOf(renderMail(judge(facts([minion('a', {})])), false))).toContain('Everything is compliant.')
})

/** Findings that no two minions share, each with a long diff. */
function manyFindings(report: ComplianceReport, count: number): ComplianceReport {
  const [first] = report.groups
  if (first === undefined) throw new Error('no finding')
  const diff = `@@ -1 +1 @@\n${'-<&"`\u0007>\n'.repeat(2000)}`
  const groups = Array.from({ length: count }, (_, index) => {
    const states = Array.from({ length: 100 }, () => ({
      key: `base/x/${index}`,
      change: 'added' as const,
      actions: [],
      diff,
    }))
    return { ...first, title: `state ${index}`, detail: '<'.repeat(9000), diff, states }
  })
  return { ...report, groups }
}

it('a mail stays below the size that Gmail shows, and a page below 5 MB, however much is wrong', () => {
  const report = manyFindings(judge(fortyMinions()), 1000)
  const [html, body] = [renderHtml(report), renderMail(report, true)]

  expect(Buffer.byteLength(body)).toBeLessThan(102_000)
  expect(body).toMatch(/and \d+ more: see the attached page/)
  expect(html.length).toBeLessThan(5_000_000)
  expect(html).toMatch(/and \d+ more: <code>--output csv<\/code>/)
})

it('a page of 5,000 minions with the same findings names all of them and stays below 2 MB, and its mail below 102 kB', () => {
  const template = judge(fortyMinions())
  const [group] = template.groups
  const [judgement] = template.judgements
  if (group === undefined || judgement === undefined) throw new Error('no finding')
  const ids = Array.from({ length: 5000 }, (_, index) => `web${index}.shop.example.org`)
  const minions = ids.map(id => ({ minion: id, isNew: true, since: template.at }))
  const groups = Array.from({ length: 12 }, (_, index) => ({ ...group, title: `state ${index}`, minions }))
  const judgements = ids.map(id => ({ ...judgement, minion: id }))
  const report = { ...template, groups, judgements }
  const [html, body] = [renderHtml(report), renderMail(report, true)]

  expect(html).toContain('web4999.shop.example.org')
  expect(html.length).toBeLessThan(2_000_000)
  expect(Buffer.byteLength(body)).toBeLessThan(102_000)
})

it('a mail stays below the size that Gmail shows with many levels, resolved findings, orphans and umlauts, and says what has no room', () => {
  const report = manyFindings(judge(fortyMinions()), 60)
  const [level] = report.levels
  const [judgement] = report.judgements
  if (level === undefined || judgement === undefined) throw new Error('no level')
  const long = 'ü'.repeat(400)
  const groups = report.groups.map(group => ({
    ...group,
    detail: 'ü'.repeat(9000),
    diff: `+${'ü'.repeat(300)}\n`.repeat(50),
  }))
  const full = {
    ...report,
    target: long.repeat(20),
    groups,
    levels: Array.from({ length: 500 }, (_, index) => ({ ...level, level: `${long}${index}` })),
    resolved: groups.map(group => ({ ...group, title: long.repeat(10) })),
    judgements: Array.from({ length: 500 }, (_, index) => ({
      ...judgement,
      minion: `${long}${index}`,
      orphans: ['x'],
    })),
  }
  const body = renderMail(full as unknown as ComplianceReport, true)

  expect(Buffer.byteLength(body)).toBeLessThan(102_000)
  expect(body.match(/and \d+ more: see the attached page/g)?.length).toBeGreaterThan(2)
  expect(wordsOf(body)).toMatch(/Levels.*New since.*Resolved since.*Next/)
})

it('a mail shows all 25 levels of a fleet and its findings', () => {
  const report = manyFindings(judge(fortyMinions()), 40)
  const [level] = report.levels
  if (level === undefined) throw new Error('no level')
  const levels = Array.from({ length: 25 }, (_, index) => ({ ...level, level: `level-${index}.` }))
  const body = renderMail({ ...report, levels }, true)

  expect(levels.filter(one => !body.includes(one.level))).toEqual([])
  expect(body).toContain('state 1')
})
