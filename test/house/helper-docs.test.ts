import { describe, expect, it } from 'vitest'
import { parseExpressions } from '../../master/compile/language/expression.ts'
import { HELPERS } from '../../master/compile/language/helpers.ts'
import { SCALAR_TYPES } from '../../master/compile/language/types.ts'
import { readSource } from './source-files.ts'

describe('docs/role-language.md', () => {
  const page = readSource('docs/role-language.md')

  it('lists every helper with its example, and no other', () => {
    const listed = [...page.matchAll(/^\| `(\w+)` \| `\{\{(.*)\}\}` \|$/gm)].map(([, name, example]) => [name, example])

    expect(listed).toEqual(Object.entries(HELPERS).map(([name, { example }]) => [name, example]))
  })

  it('shows examples that are understood', () => {
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

  it('names every type of a pillar key', () => {
    expect([...Object.keys(SCALAR_TYPES), 'secret'].filter(type => !new RegExp(`\\b${type}\\b`).test(page))).toEqual([])
  })
})
