import { expect, it } from 'vitest'
import { parseCommand } from '../../master/cli/parse.ts'
import { ERROR_CODES } from '../../protocol/errors.ts'
import { minionProgram, verbsOf } from '../../scripts/docs/cli-options.ts'
import { readSource } from './source-files.ts'

const PAGES = ['troubleshooting', 'not-built-yet', 'coming-from-ansible', 'coming-from-salt', 'tutorial']

/** Splits a line into words like the shell. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  )
}

/** Finds code spans in the prose that begin with a program. */
function spansOf(text: string, program: string): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, '')
  return [...prose.matchAll(/`([^`]+)`/g)].flatMap(([, span = '']) =>
    span.startsWith(`${program} `) ? [span.slice(program.length + 1)] : [],
  )
}

/** Explains why the master rejects a line; undefined when it does not. A sentence can name a verb without its arguments. */
function refusal(line: string): string | undefined {
  try {
    parseCommand(wordsOf(line), '1.2.3')
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return reason.startsWith('missing required argument') ? undefined : `${line}: ${reason}`
  }
}

it.each(PAGES)('docs/%s.md names only commands of the master that exist', page => {
  const lines = spansOf(readSource(`docs/${page}.md`), 'master')

  expect(lines.map(refusal).filter(reason => reason !== undefined)).toEqual([])
})

it.each(PAGES)('docs/%s.md names only commands of the minion that exist', page => {
  const verbs = verbsOf(minionProgram()).map(({ words }) => words)
  const named = spansOf(readSource(`docs/${page}.md`), 'minion').map(line => wordsOf(line)[0] ?? '')

  expect(named.filter(verb => !verbs.some(words => words.split(' ')[0] === verb))).toEqual([])
})

it.each(PAGES)('docs/%s.md names only error codes that exist', page => {
  const known = new Set([...Object.keys(ERROR_CODES), 'SALTERN_SOCKET', 'SALTERN_STATE', 'SALTERN_FLEET'])
  const named = readSource(`docs/${page}.md`).match(/\b[A-Z]{2,}(?:_[A-Z]+)+\b/g) ?? []

  expect(named.filter(code => !known.has(code))).toEqual([])
})

it('docs/troubleshooting.md has a section for at least twelve symptoms and names at least 30 error codes', () => {
  const text = readSource('docs/troubleshooting.md')
  const codes = Object.keys(ERROR_CODES).filter(code => text.includes(`${code}\``) || text.includes(code))

  expect(text.match(/^## /gm)?.length).toBeGreaterThan(12)
  expect(codes.length).toBeGreaterThanOrEqual(30)
})
