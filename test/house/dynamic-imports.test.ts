import { expect, it } from 'vitest'
import { filesBelow, readSource } from './source-files.ts'

it('no file loads an npm package by import(): from a bundle a CommonJS package has no names but `default`', () => {
  const found = filesBelow(['protocol', 'states', 'minion', 'master'], '.ts').filter(path =>
    /\bimport\(\s*'(?!\.|node:)/.test(readSource(path)),
  )

  expect(found).toEqual([])
})
