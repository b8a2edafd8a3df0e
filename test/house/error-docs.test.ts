import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../protocol/errors.ts'
import { filesBelow, readSource } from './source-files.ts'

describe('docs/errors.md', () => {
  const headings = [...readSource('docs/errors.md').matchAll(/^## (\S+)$/gm)].map(([, code]) => code ?? '')

  it('has one heading for every error code and none besides', () => {
    expect([...headings].sort()).toEqual(Object.keys(ERROR_CODES).sort())
  })

  it('says something under each heading', () => {
    const sections = readSource('docs/errors.md').split(/^## /m).slice(1)

    expect(sections.filter(section => section.split('\n').slice(1).join('').trim().length < 20)).toEqual([])
  })

  it('names no code that nobody raises', () => {
    const source = filesBelow(['protocol', 'states', 'minion', 'master'], '.ts')
      .filter(path => path !== 'protocol/errors.ts')
      .map(readSource)
      .join('\n')

    const unused = Object.keys(ERROR_CODES).filter(code => code !== 'INTERNAL' && !source.includes(`'${code}'`))

    expect(unused).toEqual([])
  })
})
