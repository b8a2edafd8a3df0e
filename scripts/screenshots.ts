import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'
import { documentOf, trendPicture } from '../master/compliance/document.ts'
import { judge } from '../master/compliance/judge.ts'
import { drawPng } from '../master/pictures/draw-png.ts'
import { fortyMinions } from '../test/master/compliance/forty-minions.ts'

/*
 * node scripts/screenshots.ts [--out DIR] [--full]
 *
 * Takes screenshots of a compliance report of 40 minions: the page light, dark, as on a phone and printed; its mail light, dark, as on a
 * phone, and without styles, SVG and pictures. `--full`: whole pages. Needs Debian's `chromium` and `pngquant`.
 */

interface Screen {
  readonly name: string
  readonly page: string
  readonly look: BrowserContextOptions
  readonly print?: boolean
}

const WIDE = { width: 1400, height: 1500 }
const PHONE = { width: 390, height: 1500 }
const MAIL = { width: 760, height: 1240 }
/** A4 at 96 dpi. */
const PAPER = { width: 794, height: 1123 }

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: resolve(import.meta.dirname, '../docs/images') },
    full: { type: 'boolean', default: false },
  },
})
await mkdir(values.out, { recursive: true })
const screens = await screensOf()
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
})
try {
  for (const screen of screens) await keep(screen.name, await shot(browser, screen))
} finally {
  await browser.close()
}

async function screensOf(): Promise<readonly Screen[]> {
  const report = judge(fortyMinions())
  const picture = trendPicture(report)
  if (picture === undefined) throw new TypeError('the report has no trend')
  const png = await drawPng(picture.svg, picture.width)
  const { html: page, mail } = documentOf(report, png)
  const data = `data:image/png;base64,${Buffer.from(png).toString('base64')}`
  const body = mail.html.replace('cid:trend.png', data)
  const bare = mail.html.replaceAll(/<style>[\s\S]*?<\/style>|<svg[\s\S]*?<\/svg>| style="[^"]*"/g, '')
  return [
    { name: 'compliance-light', page, look: { colorScheme: 'light', viewport: WIDE } },
    { name: 'compliance-dark', page, look: { colorScheme: 'dark', viewport: WIDE } },
    { name: 'compliance-narrow', page, look: { colorScheme: 'light', viewport: PHONE } },
    // Dark, because such a reader prints on white paper too.
    { name: 'compliance-print', page, look: { colorScheme: 'dark', viewport: PAPER }, print: true },
    { name: 'mail-light', page: body, look: { colorScheme: 'light', viewport: MAIL } },
    { name: 'mail-dark', page: body, look: { colorScheme: 'dark', viewport: MAIL } },
    { name: 'mail-narrow', page: body, look: { colorScheme: 'light', viewport: PHONE } },
    { name: 'mail-bare', page: bare, look: { colorScheme: 'light', viewport: MAIL } },
  ]
}

async function shot(from: Browser, { page, look, print = false }: Screen): Promise<Uint8Array> {
  const context = await from.newContext(look)
  const tab = await context.newPage()
  if (print) await tab.emulateMedia({ media: 'print' })
  await tab.setContent(page)
  if (print) await tab.addStyleTag({ content: 'body { padding: 14mm 13mm }' })
  const picture = await tab.screenshot({ fullPage: values.full })
  await context.close()
  return picture
}

async function keep(name: string, picture: Uint8Array): Promise<void> {
  await writeFile(join(values.out, `${name}.png`), smaller(picture))
}

/** Reduces a picture to a palette, which is a third of the size: screenshots of text have few colours. */
function smaller(picture: Uint8Array): Buffer {
  return execFileSync('pngquant', ['--strip', '--speed=1', '256', '-'], { input: picture, maxBuffer: 64 * 1024 * 1024 })
}
