import { expect, it } from 'vitest'
import { createProgram } from '../../master/cli/program.ts'
import { verbsOf, withOptionPages } from '../../scripts/docs/cli-options.ts'
import { readSource } from './source-files.ts'

const page = readSource('docs/cli.md')

it('docs/cli.md shows every option of every verb of both programs; update it with `node scripts/docs/cli-options.ts`', () => {
  expect(page).toBe(withOptionPages(page))
})

it('docs/cli.md has a row for each command that says what it does', () => {
  const rows = new Map(
    page.split('\n').flatMap(line => {
      const [, words, help = ''] = /^\| `([a-z -]+?)(?: [<[].*)?` \| \| (.*) \|$/.exec(line) ?? []
      return words === undefined ? [] : [[words, help] as const]
    }),
  )
  const verbs = verbsOf(createProgram('', () => undefined)).map(({ words }) => words)

  expect(verbs.length).toBeGreaterThan(50)
  const unsaid = verbs.filter(words => (rows.get(words) ?? '').length < 8)
  expect(unsaid.map(words => `\`node scripts/docs/cli-options.ts\` adds the row of \`${words}\``)).toEqual([])
})
