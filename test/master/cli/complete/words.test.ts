import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { quoteWord, scanWords, splitWords } from '../../../../master/cli/complete/words.ts'
import { AppError } from '../../../../protocol/errors.ts'

/** Text without NUL, which no argument can contain. */
const word = fc.string({ unit: 'binary' }).filter(text => !text.includes('\0'))

function refusal(line: string): string {
  try {
    return splitWords(line).join('|')
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    const [{ code, message, source }] = thrown.problems
    return `${code} ${source?.column} ${message}`
  }
}

it('splitting quoted command-line words returns the original words', () => {
  fc.assert(
    fc.property(fc.array(word), words => {
      expect(splitWords(words.map(quoteWord).join(' '))).toEqual(words)
    }),
  )
})

it('words are quoted so that a POSIX shell reads them back unchanged', () => {
  const words = ["it's", 'a b', '$HOME', '`id`', '"', '\\', '', '*', '#', 'ä€😀', '~', 'x;y', '(a)']
  const script = `printf '%s\\n' ${words
    .map(quoteWord)
    .join(' ')
    .replaceAll(/(?<= |^)([$*~(`][^' ]*)/g, "'$1'")}`

  expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(`${words.join('\n')}\n`)
})

it('words are split as a POSIX shell splits them, without expansion', () => {
  const lines: { readonly [line: string]: readonly string[] } = {
    '  apply   role=db ': ['apply', 'role=db'],
    "run db1 -- sh -c 'ps aux | wc -l'": ['run', 'db1', '--', 'sh', '-c', 'ps aux | wc -l'],
    'a"b c"\'d e\'f': ['ab cd ef'],
    '"say \\"hi\\" \\n"': ['say "hi" \\n'],
    'a\\ b \\| ""': ['a b', '|', ''],
    "echo $HOME * ~ `id` '$(id)'": ['echo', '$HOME', '*', '~', '`id`', '$(id)'],
    '(id=db* or web1)': ['(id=db*', 'or', 'web1)'],
    '# only said': [],
    '': [],
  }

  for (const [line, words] of Object.entries(lines)) expect(splitWords(line), line).toEqual(words)
})

it('an unclosed quote and unsupported shell syntax are rejected with their position', () => {
  expect(refusal("run db1 -- echo 'a")).toMatch(/^SHELL_SYNTAX 17 a quote `'`/)
  expect(refusal('ls \\')).toMatch(/^SHELL_SYNTAX 4 a backslash/)
  expect(refusal('minions | less')).toMatch(/^SHELL_SYNTAX 9 `\|`/)
  expect(refusal('minions >file')).toMatch(/^SHELL_SYNTAX 9 `>`/)
  expect(refusal('ls;exit')).toMatch(/^SHELL_SYNTAX 3 `;`/)
  expect(refusal('apply db1 &')).toMatch(/^SHELL_SYNTAX 11 `&`/)
})

it('scanWords returns the position of each word and of an open quote', () => {
  expect(scanWords(' a "b c')).toMatchObject({
    words: [
      { text: 'a', start: 1, end: 2 },
      { text: 'b c', start: 3, end: 7 },
    ],
    open: { mark: '"', at: 3 },
  })
})
