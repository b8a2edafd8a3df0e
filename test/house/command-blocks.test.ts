import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { operatorPages, shellLines, TRANSCRIPTS, TYPED_BY, transcriptLines, UNTYPED } from './command-blocks.ts'
import { PROJECT, readSource } from './source-files.ts'

const pages = operatorPages()

describe('command blocks of README.md and docs/', () => {
  it('belong to a page that a test types: add a page with a new `sh` block to TYPED_BY in command-blocks.ts', () => {
    const withCommands = pages.filter(page => shellLines(page).length > 0)

    expect(withCommands.filter(page => TYPED_BY[page] === undefined)).toEqual([])
    expect(Object.keys(TYPED_BY).filter(page => !withCommands.includes(page))).toEqual([])
  })

  it.each(Object.entries(TYPED_BY))('of %s are typed by tests that exist and name the page: %s', (page, tests) => {
    for (const test of tests) {
      expect(existsSync(join(PROJECT, test)), test).toBe(true)
      if (test.endsWith('docs-commands.test.ts')) continue
      const named = [basename(page), `'${dirname(page)}'`].some(name => readSource(test).includes(name))
      expect(named, `${test} does not name ${page}`).toBe(true)
    }
  })

  it('are typed line by line, but for a short list with reasons, which has no line that is gone', () => {
    const untyped = Object.entries(UNTYPED).flatMap(([page, lines]) =>
      Object.entries(lines).map(([line, reason]) => ({ page, line, reason })),
    )
    console.log(untyped.map(({ page, line, reason }) => `not typed: ${page}: ${line}\n  ${reason}`).join('\n'))

    expect(untyped.filter(({ page, line }) => !shellLines(page).includes(line))).toEqual([])
    expect(untyped.length).toBeLessThan(30)
  })

  it('are `sh` blocks, but for dialogues on pages that give a reason in TRANSCRIPTS', () => {
    const dialogues = pages.filter(page => transcriptLines(page).length > 0)
    const reasons = Object.entries(TRANSCRIPTS).map(([page, reason]) => `not typed: dialogues of ${page}\n  ${reason}`)
    console.log(reasons.join('\n'))

    expect(dialogues.toSorted()).toEqual(Object.keys(TRANSCRIPTS).toSorted())
  })
})
