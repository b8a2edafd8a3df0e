import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderHtml } from '../../../master/compliance/format/html.ts'
import { renderMail } from '../../../master/compliance/format/mail.ts'
import { judge } from '../../../master/compliance/judge.ts'
import type { ComplianceReport } from '../../../master/compliance/report.ts'
import { catalog, facts, minion, result, state } from './facts.ts'
import { fortyMinions } from './forty-minions.ts'
import { tenTroubles } from './ten-troubles.ts'

const CHROMIUM = '/usr/bin/chromium'
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

/** Names, paths and lines that cannot be broken, as in real fleets. */
function longWords(): ComplianceReport {
  const id = 'very-long-minion-name-of-a-cloud-provider-0123456789'
  const path = `base/file.managed//etc/${'a'.repeat(150)}/${'b'.repeat(150)}`
  const diff = `@@ -1 +1 @@\n-${'c'.repeat(300)}\n+${'d'.repeat(300)}\n`
  const wrong = [
    result({ key: path, actions: [{ kind: 'write-file', summary: `write ${path}` }], diff }, 'would-change'),
  ]
  return judge(facts([minion(id, { catalog: catalog(id, [state(path)]), wrong })]))
}

const mailOf = (report: ComplianceReport): string => renderMail(report, true)

/* Scripts for the page are text, because the project's types do not include the DOM. Each returns a list. */

const UNFOLD = `for (const fold of document.querySelectorAll('details')) fold.open = true`
const FOLD = `for (const fold of document.querySelectorAll('details')) fold.open = false`

/** Boxes whose content overflows. */
const CUT_OFF = `[...document.querySelectorAll('html, .card, .inside, td, pre, h3, h4')]
  .filter(element => element.scrollWidth > element.clientWidth + 1)
  .map(element => element.outerHTML.slice(0, 80))`

/** Elements with text of their own whose contrast to the background is below 4.5 (WCAG 2.2, 1.4.3). */
const PALE = `(() => {
  const numbers = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number)
  const light = colour => {
    const [red, green, blue] = numbers(colour).map(part => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const ground = element => {
    if (element === null) return matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(18, 18, 18)' : 'rgb(255, 255, 255)'
    const colour = getComputedStyle(element).backgroundColor
    return numbers(colour)[3] === 0 ? ground(element.parentElement) : colour
  }
  return [...document.querySelectorAll('body *')].flatMap(element => {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim() !== '')) return []
    const style = getComputedStyle(element)
    const ink = element instanceof SVGElement ? style.fill : style.color
    const [dark, bright] = [light(ink), light(ground(element))].sort((a, b) => a - b)
    const contrast = (bright + 0.05) / (dark + 0.05)
    return contrast < 4.5 ? [element.tagName + '.' + element.getAttribute('class') + ' ' + contrast.toFixed(1)] : []
  })
})()`

/** Tables that take no space. The scores are printed as a picture only. */
const HIDDEN = `[...document.querySelectorAll('details:not(.values) table')]
  .filter(table => table.getBoundingClientRect().height === 0)
  .map(table => table.textContent.slice(0, 80))`

describe.skipIf(!existsSync(CHROMIUM))("the page in a browser (needs Debian's chromium)", () => {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-page-'))
  let browser: Browser

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS })
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  /** Opens HTML, with everything unfolded. */
  async function open(
    html: string,
    look: { readonly width: number; readonly colorScheme?: 'light' | 'dark' },
  ): Promise<Page> {
    const path = join(directory, 'page.html')
    writeFileSync(path, html)
    const { width, colorScheme = 'light' } = look
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
    const page = await context.newPage()
    await page.goto(pathToFileURL(path).href)
    await page.evaluate(UNFOLD)
    return page
  }

  it.each([320, 390, 768, 1400])(
    'the compliance page and mail at %i pixels show everything without horizontal scrolling',
    async width => {
      const reports = [judge(tenTroubles()), judge(fortyMinions()), longWords()]
      for (const html of reports.flatMap(report => [renderHtml(report), mailOf(report)])) {
        const page = await open(html, { width })
        expect(await page.evaluate(CUT_OFF)).toEqual([])
        await page.context().close()
      }
    },
  )

  it.each(['light', 'dark'] as const)(
    'the compliance page and mail have readable contrast in %s mode',
    async colorScheme => {
      const report = judge(fortyMinions())
      for (const html of [renderHtml(report), mailOf(report)]) {
        const page = await open(html, { width: 1120, colorScheme })
        expect(await page.evaluate(PALE)).toEqual([])
        await page.context().close()
      }
    },
  )

  it('the compliance page prints completely and in white, even in dark mode', async () => {
    const page = await open(renderHtml(judge(tenTroubles())), { width: 794, colorScheme: 'dark' })
    await page.evaluate(FOLD)
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })

    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
    expect(await page.evaluate(HIDDEN)).toEqual([])
    expect(await page.evaluate(PALE)).toEqual([])
    await page.context().close()
  })
})
