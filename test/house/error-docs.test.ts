import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../protocol/errors.ts'
import { filesBelow, readSource } from './source-files.ts'

describe('docs/errors.md', () => {
  const headings = [...readSource('docs/errors.md').matchAll(/^## (\S+)$/gm)].map(([, code]) => code ?? '')

  it('docs/errors.md has exactly one heading for every error code and no others', () => {
    const codes = Object.keys(ERROR_CODES)

    expect([
      ...codes.filter(code => !headings.includes(code)).map(code => `add a section \`## ${code}\` to docs/errors.md`),
      ...headings
        .filter(code => !codes.includes(code))
        .map(code => `remove the section ${code}, or list the code in protocol/errors.ts`),
      ...headings.filter((code, at) => headings.indexOf(code) !== at).map(code => `${code} has two sections`),
    ]).toEqual([])
  })

  it('docs/errors.md has text below each heading', () => {
    const sections = readSource('docs/errors.md').split(/^## /m).slice(1)

    const short = sections.filter(section => section.split('\n').slice(1).join('').trim().length < 20)
    expect(short.map(section => `say what causes it and what to do: ## ${section}`)).toEqual([])
  })

  it('docs/errors.md names only error codes that the source raises', () => {
    const source = filesBelow(['protocol', 'states', 'minion', 'master'], '.ts')
      .filter(path => path !== 'protocol/errors.ts')
      .map(readSource)
      .join('\n')

    const unused = Object.keys(ERROR_CODES).filter(code => code !== 'INTERNAL' && !source.includes(`'${code}'`))

    expect(unused.map(code => `no source file raises ${code}: remove it from protocol/errors.ts`)).toEqual([])
  })
})
