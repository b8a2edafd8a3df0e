import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
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

describe('the words of a line', () => {
  it('are the same again after they were quoted and split', () => {
    fc.assert(
      fc.property(fc.array(word), words => {
        expect(splitWords(words.map(quoteWord).join(' '))).toEqual(words)
      }),
    )
  })

  it('are quoted so that a POSIX shell reads the same', () => {
    const words = ["it's", 'a b', '$HOME', '`id`', '"', '\\', '', '*', '#', 'ä€😀', '~', 'x;y', '(a)']
    const script = `printf '%s\\n' ${words
      .map(quoteWord)
      .join(' ')
      .replaceAll(/(?<= |^)([$*~(`][^' ]*)/g, "'$1'")}`

    expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(`${words.join('\n')}\n`)
  })

  it('are split as a POSIX shell splits them, and nothing is expanded', () => {
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

  it('with an open quote or something for another shell are refused at the right place', () => {
    expect(refusal("run db1 -- echo 'a")).toMatch(/^SHELL_SYNTAX 17 a quote `'`/)
    expect(refusal('ls \\')).toMatch(/^SHELL_SYNTAX 4 a backslash/)
    expect(refusal('minions | less')).toMatch(/^SHELL_SYNTAX 9 `\|`/)
    expect(refusal('minions >file')).toMatch(/^SHELL_SYNTAX 9 `>`/)
    expect(refusal('ls;exit')).toMatch(/^SHELL_SYNTAX 3 `;`/)
    expect(refusal('apply db1 &')).toMatch(/^SHELL_SYNTAX 11 `&`/)
  })

  it('know where they stand in the line', () => {
    expect(scanWords(' a "b c')).toMatchObject({
      words: [
        { text: 'a', start: 1, end: 2 },
        { text: 'b c', start: 3, end: 7 },
      ],
      open: { mark: '"', at: 3 },
    })
  })
})
