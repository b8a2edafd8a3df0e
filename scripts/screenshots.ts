import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { renderHtml } from '../master/compliance/format/html.ts'
import { judge } from '../master/compliance/judge.ts'
import { tenTroubles } from '../test/master/compliance/ten-troubles.ts'

/*
 * node scripts/screenshots.ts [--page FILE] [--out DIR] [--full]
 *
 * Takes screenshots of a compliance report: light, dark, as on a phone, and its first printed page. Needs Debian's `chromium`
 * and `pngquant`.
 */

const SCREENS = [
  { name: 'light', colorScheme: 'light', width: 1120, height: 1280 },
  { name: 'dark', colorScheme: 'dark', width: 1120, height: 1280 },
  { name: 'narrow', colorScheme: 'light', width: 390, height: 1600 },
] as const
/** A4 at 96 dpi. */
const PAPER = { width: 794, height: 1123 }

const { values } = parseArgs({
  options: {
    page: { type: 'string' },
    out: { type: 'string', default: resolve(import.meta.dirname, '../docs/images') },
    full: { type: 'boolean', default: false },
  },
})
const directory = mkdtempSync(join(tmpdir(), 'saltern-screenshots-'))
const page = join(directory, 'compliance.html')
await mkdir(values.out, { recursive: true })
await writeFile(page, values.page === undefined ? renderHtml(judge(tenTroubles())) : await readFile(values.page))
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
})
try {
  for (const screen of SCREENS) await keep(screen.name, await shot(browser, screen))
  await keep('print', await printed(browser))
} finally {
  await browser.close()
  rmSync(directory, { recursive: true, force: true })
}

async function shot(from: Browser, { colorScheme, width, height }: (typeof SCREENS)[number]): Promise<Uint8Array> {
  const context = await from.newContext({ colorScheme, viewport: { width, height } })
  const tab = await context.newPage()
  await tab.goto(pathToFileURL(page).href)
  const picture = await tab.screenshot({ fullPage: values.full })
  await context.close()
  return picture
}

/** Uses a dark colour scheme, because such a reader prints on white paper too. */
async function printed(from: Browser): Promise<Uint8Array> {
  const context = await from.newContext({ colorScheme: 'dark', viewport: PAPER })
  const tab = await context.newPage()
  await tab.emulateMedia({ media: 'print' })
  await tab.goto(pathToFileURL(page).href)
  await tab.addStyleTag({ content: 'body { padding: 14mm 13mm }' })
  const picture = await tab.screenshot({ fullPage: values.full })
  await context.close()
  return picture
}

async function keep(name: string, picture: Uint8Array): Promise<void> {
  await writeFile(join(values.out, `compliance-${name}.png`), smaller(picture))
}

/** Reduces a picture to a palette, which is a third of the size: screenshots of text have few colours. */
function smaller(picture: Uint8Array): Buffer {
  return execFileSync('pngquant', ['--strip', '--speed=1', '256', '-'], { input: picture, maxBuffer: 64 * 1024 * 1024 })
}
