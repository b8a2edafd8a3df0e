import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { STATES } from '../../states/index.ts'
import { PROJECT } from './source-files.ts'
import { renderStateDocs } from './state-docs.ts'

describe('docs/states.md', () => {
  it('says what the state types say of themselves', async () => {
    await expect(renderStateDocs(STATES)).toMatchFileSnapshot(join(PROJECT, 'docs', 'states.md'))
  })

  it('has one heading for every state type and none besides', () => {
    const headings = [...renderStateDocs(STATES).matchAll(/^## (\S+)$/gm)].map(([, name]) => name)

    expect(headings).toEqual(STATES.map(({ name }) => name).sort())
  })

  it('every sentence of it is one', () => {
    const helps = STATES.flatMap(({ summary, params }) => [summary, ...Object.values(params).map(({ help }) => help)])

    expect(helps.filter(help => !/^[A-Z].*\.$/s.test(help))).toEqual([])
  })
})
