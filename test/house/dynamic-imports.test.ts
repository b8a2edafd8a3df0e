import { expect, it } from 'vitest'
import { filesBelow, readSource } from './source-files.ts'

it('no file loads an npm package with import(), because a bundled CommonJS package exports only `default`', () => {
  const found = filesBelow(['protocol', 'states', 'minion', 'master'], '.ts').filter(path =>
    /\bimport\(\s*'(?!\.|node:)/.test(readSource(path)),
  )

  expect(found).toEqual([])
})
