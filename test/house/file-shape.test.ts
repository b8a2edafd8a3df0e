import { basename } from 'node:path'
import { expect, it } from 'vitest'
import { filesBelow, readSource } from './source-files.ts'

const HARD_LIMIT = 300

/** Files that may be longer, each with its reason. */
const LONGER: { readonly [path: string]: string } = {}

/** Meaningless file names. `compile/helpers.ts` is allowed: it holds Handlebars helpers. */
const EMPTY_NAMES = ['utils', 'util', 'helpers', 'common', 'misc', 'manager']
const NAMED_SO = ['master/compile/language/helpers.ts']

const code = filesBelow(['protocol', 'states', 'minion', 'master', 'scripts', 'test'], '.ts')

it(`no file has more than ${HARD_LIMIT} lines except the listed ones`, () => {
  const long = code.flatMap(path => {
    const lines = readSource(path).split('\n').length - 1
    const isLong = lines > HARD_LIMIT && !(path in LONGER)
    return isLong ? [`${path} has ${lines} lines: move one idea of it into a file of its own`] : []
  })

  expect(long).toEqual([])
})

it('every listed exception to the line limit still exceeds it', () => {
  const short = Object.keys(LONGER).filter(path => readSource(path).split('\n').length - 1 <= HARD_LIMIT)

  expect(short).toEqual([])
})

it('file names are kebab-case and descriptive', () => {
  const bad = code.filter(path => {
    const name = basename(path).replace(/(\.test|\.d)?\.ts$/, '')
    return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || (EMPTY_NAMES.includes(name) && !NAMED_SO.includes(path))
  })

  expect(bad).toEqual([])
})

it('no file has a default export', () => {
  expect(code.filter(path => /^export default/m.test(readSource(path)))).toEqual([])
})

it('no test is skipped or focused', () => {
  const skipped = code.filter(path => /\b(?:it|test|describe)\.(?:skip|todo|only)\(/.test(readSource(path)))

  expect(skipped).toEqual([])
})
