import { describe, expect, it } from 'vitest'
import { createProgram } from '../../master/cli/program.ts'
import { verbsOf, withOptionPages } from '../../scripts/docs/cli-options.ts'
import { readSource } from './source-files.ts'

const page = readSource('docs/cli.md')

describe('docs/cli.md', () => {
  it('docs/cli.md shows every option of every verb of both programs: `node scripts/docs/cli-options.ts` writes these parts', () => {
    expect(page).toBe(withOptionPages(page))
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
