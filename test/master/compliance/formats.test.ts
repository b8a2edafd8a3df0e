import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { complianceAsMarkdown } from '../../../master/cli/render/formats/findings.ts'
import { documentOf, FORMATS } from '../../../master/compliance/document.ts'
import type { Format } from '../../../master/compliance/formats.ts'
import { judge } from '../../../master/compliance/judge.ts'
import { facts, minion } from './facts.ts'
import { fortyMinions } from './forty-minions.ts'
import { tenTroubles } from './ten-troubles.ts'

const CASES = resolve(import.meta.dirname, '../../cases/compliance')
const formats = Object.keys(FORMATS) as Format[]
const well = () => judge(facts([minion('a', {})]))

// UPDATE_CASES=1 rewrites them; review the changes in the diff.
it.each(formats)('the %s report of ten faults matches test/cases/compliance', format => {
  // Biome would reformat a `.json` file.
  const ending = format === 'json' ? 'json.txt' : FORMATS[format].ending
  const path = resolve(CASES, `ten-troubles.${ending}`)
  const written = FORMATS[format].render(judge(tenTroubles()))
  if (process.env['UPDATE_CASES'] === '1') writeFileSync(path, written)

  expect(written).toBe(readFileSync(path, 'utf8'))
})

it('the text report says that everything is compliant', () => {
  expect(FORMATS.text.render(well())).toContain('Everything is compliant.')
})

it('the html report loads no resources, runs no scripts and has a correct heading structure', () => {
  const page = FORMATS.html.render(judge(tenTroubles()))

  expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;`)
  expect(page).not.toMatch(/<script|\bsrc=|\bhref=|url\(|@import|\bon[a-z]+=|\bstyle=/)
  expect(page.match(/<h1>/g)).toHaveLength(1)
  expect(page).toMatch(/<th scope="col">.*<th scope="row">/s)
  expect(FORMATS.html.render(well())).toContain('Everything is compliant.')
})

it('text, Markdown and HTML show what is new first, an equal finding of many minions once, and what is resolved last', () => {
  const report = judge(fortyMinions())
  for (const shown of [FORMATS.text.render(report), complianceAsMarkdown(report), FORMATS.html.render(report)]) {
    const order = [
      '11 of 40 minions compliant',
      '14 findings on 29 minions and 2 levels, 7 new',
      'New since 2026-11-20 08:00',
      'db2, web5 and 2 more',
      'Still open',
      'web3, web4 and 9 more',
      'Resolved since 2026-11-20 08:00',
      'db7 and db8: file.managed /etc/sysctl.d/60-fleet.conf (was drifted since 2026-11-15 02:10)',
    ]
    const places = order.map(text => shown.indexOf(text))

    expect(places.filter(place => place < 0)).toEqual([])
    expect(places.toSorted((a, b) => a - b)).toEqual(places)
    expect(shown.match(/web3, web4 and 9 more/g)).toHaveLength(1)
  }
})

it('the html report has all minions of a finding in a fold, and the scores of the trend as a table', () => {
  const page = FORMATS.html.render(judge(fortyMinions()))

  expect(page).toMatch(/<summary>All minions<\/summary><p>web3, web4, web5, .*web14<\/p>/)
  expect(page).toContain('<th scope="row">2026-11-20 08:00</th><td class="number">46.6 %</td>')
  expect(page.match(/<th scope="row">2026-\d\d-\d\d 08:00<\/th>/g)).toHaveLength(30)
})

it('the bar of a level is filled by the share that is compliant', () => {
  const page = FORMATS.html.render(judge(fortyMinions()))

  expect(page).toMatch(
    /aria-label="staging: 11\.1 % compliant"><rect class="bar-ground" width="100" height="4"\/><rect class="bar-filled" width="11\.1"/,
  )
})

it('the csv report has one row per finding with as many fields as the header', () => {
  const lines = FORMATS.csv.render(judge(tenTroubles())).split('\r\n').slice(0, -1)
  const fields = lines.map(line => line.match(/"(?:[^"]|"")*"/g)?.length)

  expect(lines).toHaveLength(11)
  expect(new Set(fields)).toEqual(new Set([18]))
  expect(FORMATS.csv.render(well()).split('\r\n')).toHaveLength(2)
})

it('the junit report counts its failures and errors correctly', () => {
  const xml = FORMATS.junit.render(judge(tenTroubles()))
  const [, failures, errors] = /<testsuites [^>]*failures="(\d+)" errors="(\d+)"/.exec(xml) ?? []

  expect([failures, errors]).toEqual(['9', '1'])
  expect(xml.match(/<failure /g)).toHaveLength(9)
  expect(xml.match(/<error /g)).toHaveLength(1)
  expect(FORMATS.junit.render(well())).toContain('failures="0" errors="0"')
})

it('a report document has the page, a mail with the picture of its trend, and a file for each other format', () => {
  const png = Uint8Array.of(1, 2, 3)
  const { subject, html, mail, attachments } = documentOf(judge(tenTroubles()), png)

  expect(subject).toBe('[saltern] compliance of shop: 40 %, 10 findings on 5 minions and 1 level')
  expect(html).toMatch(/^<!doctype html>/)
  expect(mail).toMatchObject({ page: 'compliance-2026-11-21.html', pictures: [{ name: 'trend.png', bytes: png }] })
  expect(mail.html).toContain('src="cid:trend.png"')
  expect(attachments.map(({ name }) => name.replace(/^.*\./, ''))).toEqual(['json', 'csv', 'xml'])
})

it('a mail without a picture does not refer to one', () => {
  const { mail } = documentOf(judge(tenTroubles()), undefined)

  expect(mail.pictures).toEqual([])
  expect(mail.html).not.toContain('cid:')
})
