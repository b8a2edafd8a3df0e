import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { commandLines, linesLikeCommands, linesTypedBy, OUTPUT, operatorPages, TYPED_BY } from './command-blocks.ts'
import { PROJECT, readSource } from './source-files.ts'

const pages = operatorPages()
const typed = Object.entries(TYPED_BY).flatMap(([page, tests]) => Object.keys(tests).map(test => [test, page] as const))

it('belong to a page that a test types: add a page with a new block to TYPED_BY in command-blocks.ts', () => {
  const withCommands = pages.filter(page => commandLines(page).length > 0)

  expect(Object.keys(TYPED_BY).toSorted()).toEqual(withCommands.toSorted())
})

it.each(Object.keys(TYPED_BY))(
  'command lines of the pages at the top and in docs/ of %s are each typed by a test',
  page => {
    const tests = Object.keys(TYPED_BY[page] ?? {})
    const lines = new Set(tests.flatMap(test => linesTypedBy(test, page)))

    expect(commandLines(page).filter(line => !lines.has(line))).toEqual([])
    for (const named of Object.values(TYPED_BY[page] ?? {})) {
      if (typeof named !== 'string') expect(commandLines(page)).toEqual(expect.arrayContaining([...named]))
    }
  },
)

it.each(typed)(
  'command lines of the pages at the top and in docs/ are typed by a test that exists and takes them from the page: %s types %s',
  (test, page) => {
    expect(existsSync(join(PROJECT, test)), test).toBe(true)
    const source = readSource(test)
    const takesLines = /\blinesTypedBy\(/.test(source) || /new LinesToType\(/.test(source)
    const readsPage = [basename(page), `'${dirname(page)}'`].some(name => source.includes(name))

    expect(linesTypedBy(test, page), 'the test types no line of the page').not.toEqual([])
    expect(takesLines || readsPage, `${test} takes no lines of ${page}`).toBe(true)
  },
)

it('command lines of the pages at the top and in docs/ are in `sh` blocks or have the prompt `$`, except in output that OUTPUT explains', () => {
  const found = pages.filter(page => linesLikeCommands(page).length > 0)

  expect(found.toSorted()).toEqual(Object.keys(OUTPUT).toSorted())
})
