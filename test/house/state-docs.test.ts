import { join } from 'node:path'
import { expect, it } from 'vitest'
import { STATES } from '../../states/index.ts'
import { PROJECT } from './source-files.ts'
import { renderStateDocs } from './state-docs.ts'

it('docs/states.md shows every state type as its definition has it: `node_modules/.bin/vitest run --project unit test/house/state-docs.test.ts -u` writes it', async () => {
  await expect(renderStateDocs(STATES)).toMatchFileSnapshot(join(PROJECT, 'docs', 'states.md'))
})

it('docs/states.md has exactly one heading for every state type and no others', () => {
  const headings = [...renderStateDocs(STATES).matchAll(/^## (\S+)$/gm)].map(([, name]) => name)

  expect(headings).toEqual(STATES.map(({ name }) => name).sort())
})

it('every summary and parameter help of a state type is a sentence', () => {
  const helps = STATES.flatMap(({ summary, params }) => [summary, ...Object.values(params).map(({ help }) => help)])

  const wrong = helps.filter(help => !/^[A-Z].*\.$/s.test(help))
  expect(wrong.map(help => `begin with a capital and end with a full stop: ${help}`)).toEqual([])
})
