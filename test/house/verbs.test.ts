import { expect, it } from 'vitest'
import { COMMANDS } from '../../master/cli/commands/index.ts'
import { VERBS } from '../../master/verbs/index.ts'
import { SHOWN_COMMANDS } from '../../scripts/docs/api.ts'
import { MATRIX } from '../journey/rights-matrix.ts'
import { filesBelow, readSource } from './source-files.ts'

const names = VERBS.map(({ name }) => name)
const tests = filesBelow(['test'], '.ts').filter(
  path => !path.includes('rights-matrix') && !path.startsWith('test/house'),
)

it('every verb of the API is listed once', () => {
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

it('every verb that is defined is listed', () => {
  const defined = filesBelow(['master/verbs'], '.ts').flatMap(path => [
    ...readSource(path).matchAll(/= defineVerb\(\{\n {2}name: '([a-z-]+)'/g),
  ])

  const found = defined.map(([, name = '']) => name)
  const unlisted = found.filter(name => !names.some(one => one === name))
  expect(
    unlisted.map(name => `add \`${name}\` to the list that its file exports, and that list to master/verbs/index.ts`),
  ).toEqual([])
  expect([...names].sort()).toEqual(found.sort())
})

it('every verb of the API has one command that shows its result', () => {
  const answered = SHOWN_COMMANDS.flatMap(({ answers }) => answers.map(({ verb }) => verb))
  const inNoHelp = ['names']
  const expected = names.filter(name => !inNoHelp.includes(name))

  const silent = expected.filter(name => !answered.includes(name))
  expect(silent.map(name => `no command of master/cli/commands/ shows the result of the verb \`${name}\``)).toEqual([])
  expect(answered.sort()).toEqual(expected.sort())
})

it('every verb of the API has a row in the rights test and is named by another test', () => {
  const texts = tests.map(readSource).join('\n')
  const isNamed = (name: string): boolean => {
    const commands = COMMANDS.filter(({ answers }) => answers.some(({ verb }) => verb === name))
    const typed = commands.flatMap(({ words }) => [`'${words.replaceAll(' ', "', '")}'`, `master ${words}`])
    return [`'${name}'`, `/v1/${name}`, `.${name}(`, ...typed].some(text => texts.includes(text))
  }

  const rows = Object.keys(MATRIX)
  expect([
    ...names.filter(name => !rows.includes(name)).map(name => `add a row \`${name}\` to test/journey/rights-matrix.ts`),
    ...names.filter(name => !isNamed(name)).map(name => `no test calls the verb \`${name}\`: write one`),
  ]).toEqual([])
  expect(rows.sort()).toEqual([...names].sort())
})

it('every command has help unless it is hidden', () => {
  expect(COMMANDS.filter(({ help, hidden }) => !hidden && help.length < 8).map(({ words }) => words)).toEqual([])
})

it('every command is listed once', () => {
  const words = COMMANDS.map(command => command.words)

  expect(words.filter((name, at) => words.indexOf(name) !== at)).toEqual([])
})
