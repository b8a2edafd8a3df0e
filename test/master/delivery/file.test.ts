import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { deliverToDirectory } from '../../../master/delivery/file.ts'
import { retryDelayMs } from '../../../master/delivery/retry.ts'
import { DOCUMENT, messageOf } from './messages.ts'

function directoryOf(): string {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-file-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const STEM = '2026-11-21T030000Z-compliance-of-z-rich-98-7k2m'

describe('a document as files', () => {
  it('has dated names, every part, and nothing half done beside it', async () => {
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

  it('is refused by a path that is no directory, with what to look at', async () => {
    const path = join(directoryOf(), 'taken')
    writeFileSync(path, '')

    await expect(deliverToDirectory(path, messageOf())).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      problems: [{ hint: `Check it: \`ls -ld ${path}\`.` }],
    })
  })
})

describe('the pause before the next try', () => {
  it('doubles up to an hour', () => {
    expect([1, 2, 3, 7, 8, 50].map(retryDelayMs)).toEqual([30_000, 60_000, 120_000, 1_920_000, 3_600_000, 3_600_000])
  })
})
