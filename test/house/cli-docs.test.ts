import { describe, expect, it } from 'vitest'
import { createProgram } from '../../master/cli/program.ts'
import { optionPages, verbsOf } from '../../scripts/docs/cli-options.ts'
import { readSource } from './source-files.ts'

const page = readSource('docs/cli.md')

describe('docs/cli.md', () => {
  it('shows every option of every verb of both programs: `node scripts/docs/cli-options.ts` prints these parts', () => {
    const from = page.indexOf('## Options\n')
    const to = page.indexOf('\n## ', page.indexOf('## The verbs of `minion`'))

    expect(page.slice(from, to)).toBe(optionPages())
  })

  it('has a row about each verb that says what it does', () => {
    const [about = ''] = page.split('## Options\n')
    const rows = about.split('\n').filter(line => line.startsWith('| `'))
    const isNamed = (words: string): boolean => {
      const [verb = '', below] = words.split(' ')
      const own = rows.filter(row => new RegExp(`\`${verb}\\b`).test(row))
      return below === undefined ? own.length > 0 : own.some(row => new RegExp(`\\b${below}\\b`).test(row))
    }
    const verbs = verbsOf(createProgram('', () => undefined)).map(({ words }) => words)

    expect(verbs.length).toBeGreaterThan(50)
    expect(verbs.filter(words => !isNamed(words))).toEqual([])
  })
})
