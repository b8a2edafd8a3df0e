import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stepsOf, textAfter } from '../journey/guide-pages.ts'
import { filesBelow, PROJECT, readSource } from './source-files.ts'

/** test/journey/guide-pages.test.ts follows them whole; this is what costs nothing. */
const GUIDES = filesBelow(['docs/contributing'], '.md').filter(path => path.includes('/adding-'))
const PAGES = [...filesBelow(['docs/contributing'], '.md'), 'CONTRIBUTING.md', 'docs/design.md', 'docs/threats.md']

/** Paths of the project in backticks; what a page writes itself is there when the reader has followed it. */
function missingPaths(page: string): readonly string[] {
  const text = readSource(page)
  const written = new Set(stepsOf(text).flatMap(step => (step.do === 'write' ? [step.path] : [])))
  const prose = text.replaceAll(/^(`{3,}).*?^\1$/gms, '')
  const named = [
    ...prose.matchAll(/`((?:protocol|states|minion|master|roles|pillar|runbooks|scripts|test|docs)\/[\w./-]*)`/g),
  ].map(([, path = '']) => path)
  return named.filter(path => !written.has(path) && !existsSync(join(PROJECT, path)))
}

describe('the guide for contributors', () => {
  it.each(PAGES)('%s names only files and folders of the project that exist', page => {
    expect(missingPaths(page)).toEqual([])
  })

  it.each(GUIDES)('every change that %s asks for still fits its file', page => {
    const texts = new Map<string, string>()
    const read = (path: string): string => texts.get(path) ?? readSource(path)
    for (const step of stepsOf(readSource(page))) if (step.do !== 'run') texts.set(step.path, textAfter(step, read))

    expect(texts.size).toBeGreaterThan(0)
  })
})
