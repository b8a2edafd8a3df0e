import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { deliverToDirectory } from '../../../master/delivery/file.ts'
import { retryDelayMs } from '../../../master/delivery/retry.ts'
import { DOCUMENT, messageOf } from './messages.ts'

function directoryOf(): string {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-file-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const STEM = '2026-11-21T030000Z-compliance-of-z-rich-98-7k2m'

it('a document delivered as files has dated names and every part, and leaves no partial file', async () => {
  const directory = join(directoryOf(), 'reports')
  await deliverToDirectory(directory, messageOf())
  await deliverToDirectory(directory, messageOf())

  expect(readdirSync(directory).sort()).toEqual([
    `${STEM}-etc-passwd`,
    `${STEM}-report.csv`,
    `${STEM}.html`,
    `${STEM}.txt`,
  ])
  expect(readFileSync(join(directory, `${STEM}.html`), 'utf8')).toBe(DOCUMENT.html)
  expect(readFileSync(join(directory, `${STEM}.txt`), 'utf8')).toBe(DOCUMENT.text)
  expect(statSync(join(directory, `${STEM}.txt`)).mode & 0o777).toBe(0o640)
})

it('delivery to a path that is not a directory is rejected with a hint', async () => {
  const path = join(directoryOf(), 'taken')
  writeFileSync(path, '')

  await expect(deliverToDirectory(path, messageOf())).rejects.toMatchObject({
    code: 'DELIVERY_FAILED',
    problems: [{ hint: `Check it: \`ls -ld ${path}\`.` }],
  })
})

it('the delay before a delivery is retried doubles up to one hour', () => {
  expect([1, 2, 3, 7, 8, 50].map(retryDelayMs)).toEqual([30_000, 60_000, 120_000, 1_920_000, 3_600_000, 3_600_000])
})
