import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stepsOf, textAfter } from '../journey/guide-pages.ts'
import { filesBelow, PROJECT, readSource } from './source-files.ts'

/** test/journey/guide-pages.test.ts follows the guides completely; this checks only what is cheap. */
const GUIDES = filesBelow(['docs/contributing'], '.md').filter(path => path.includes('/adding-'))
const PAGES = [...filesBelow(['docs/contributing'], '.md'), 'CONTRIBUTING.md', 'docs/design.md', 'docs/threats.md']

/**
 * Finds paths of the project in backticks that do not exist. Files that the page itself tells the reader to write do not count.
 */
function missingPaths(page: string): readonly string[] {
  const text = readSource(page)
  const written = new Set(stepsOf(text).flatMap(step => (step.do === 'write' ? [step.path] : [])))
  const prose = text.replaceAll(/^(`{3,}).*?^\1$/gms, '')
  const named = [
    ...prose.matchAll(/`((?:protocol|states|minion|master|roles|pillar|runbooks|scripts|test|docs)\/[\w./-]*)`/g),
  ].map(([, path = '']) => path)
  return named.filter(path => !written.has(path) && !existsSync(join(PROJECT, path)))
}

/** The file after one step of the page; throws what to do when the example and the code have gone apart. */
function fitting(page: string, step: Parameters<typeof textAfter>[0], read: (path: string) => string): string {
  try {
    return textAfter(step, read)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `the example in ${page} does not fit ${step.path} any more. If you followed the page in your own tree, undo the example before you commit. If you changed ${step.path}, change the example in the same commit. ${why}`,
      { cause },
    )
  }
}

it.each(PAGES)('%s names only files and folders of the project that exist', page => {
  expect(missingPaths(page)).toEqual([])
})

it.each(GUIDES)('%s writes no file of the project anew', page => {
  const written = stepsOf(readSource(page)).flatMap(step => (step.do === 'write' ? [step.path] : []))
  const there = written.filter(path => existsSync(join(PROJECT, path)))

  expect(
    there.map(
      path =>
        `${path} exists: a block after a sentence with a path and a colon is the whole file (or undo the example)`,
    ),
  ).toEqual([])
})

it.each(GUIDES)('every change that the contributor page %s asks for applies to the current file', page => {
  const texts = new Map<string, string>()
  const read = (path: string): string => texts.get(path) ?? readSource(path)
  for (const step of stepsOf(readSource(page))) {
    if (step.do !== 'run') texts.set(step.path, fitting(page, step, read))
  }

  expect(texts.size).toBeGreaterThan(0)
})
