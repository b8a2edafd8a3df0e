import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseExpressions } from '../../master/compile/language/expression.ts'
import { HELPERS } from '../../master/compile/language/helpers.ts'
import { SCALAR_TYPES } from '../../master/compile/language/types.ts'
import { PROJECT, readSource } from './source-files.ts'

describe('docs/role-language.md', () => {
  const page = readSource('docs/role-language.md')

  it('docs/role-language.md lists every helper as the code has it: `node_modules/.bin/vitest run --project unit test/house/helper-docs.test.ts -u` writes the table', async () => {
    const rows = Object.entries(HELPERS).map(([name, { example }]) => `| \`${name}\` | \`{{${example}}}\` |\n`)
    const [before, after] = page.split(/(?<=^\| helper \| example \|\n\|---\|---\|\n)(?:\|.*\n)*/m)

    expect(after, 'the page has a table `| helper | example |`').toBeDefined()
    await expect(`${before}${rows.join('')}${after}`).toMatchFileSnapshot(join(PROJECT, 'docs/role-language.md'))
  })

  it('every helper example in docs/role-language.md parses', () => {
    const source = (text: string) => ({
      text,
      place: () => ({ file: '', line: 1, column: 1 }),
      excerpt: () => undefined,
    })
    const broken = Object.values(HELPERS).filter(({ example }) => {
      return 'problem' in parseExpressions(source(`{{${example}}}`), 'EXPRESSION_INVALID')
    })

    expect(broken).toEqual([])
  })

  it('docs/role-language.md names every type of a pillar key', () => {
    expect([...Object.keys(SCALAR_TYPES), 'secret'].filter(type => !new RegExp(`\\b${type}\\b`).test(page))).toEqual([])
  })
})
