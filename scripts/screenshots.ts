import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { renderHtml } from '../master/compliance/format/html.ts'
import { judge } from '../master/compliance/judge.ts'
import { tenTroubles } from '../test/master/compliance/ten-troubles.ts'

/** Pictures of the compliance report for docs/images: `node scripts/screenshots.ts`. Needs Debian's `chromium`. */
const IMAGES = resolve(import.meta.dirname, '../docs/images')

const SHOTS = [
  { name: 'compliance-light', colorScheme: 'light', width: 1120, height: 1240 },
  { name: 'compliance-dark', colorScheme: 'dark', width: 1120, height: 1240 },
  { name: 'compliance-narrow', colorScheme: 'light', width: 390, height: 1500 },
] as const

const directory = mkdtempSync(join(tmpdir(), 'saltern-screenshots-'))
const page = join(directory, 'compliance.html')
await mkdir(IMAGES, { recursive: true })
await writeFile(page, renderHtml(judge(tenTroubles())))
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
})
try {
  for (const { name, colorScheme, width, height } of SHOTS) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height } })
    const tab = await context.newPage()
    await tab.goto(pathToFileURL(page).href)
    await tab.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: process.argv.includes('--full') })
    await context.close()
  }
} finally {
  await browser.close()
  rmSync(directory, { recursive: true, force: true })
}
