import { expect, it } from 'vitest'
import { createProgram } from '../../../master/cli/program.ts'

const namesOf = (first?: string): readonly string[] =>
  createProgram('0.1.0', () => undefined, first).commands.map(command => command.name())

it('a command line that starts with a command builds only that command, with all commands below it', () => {
  expect(namesOf('ping')).toEqual(['ping'])
  expect(namesOf('keys')).toEqual(['keys'])
  const below = (first?: string): readonly string[] =>
    createProgram('0.1.0', () => undefined, first)
      .commands.filter(command => command.name() === 'keys')
      .flatMap(keys => keys.commands.map(command => command.name()))
  expect(below('keys')).toEqual(below())
  expect(below().length).toBeGreaterThan(2)
})

it('a command line that starts with an option or an unknown word builds all commands', () => {
  expect(namesOf('--json')).toEqual(namesOf())
  expect(namesOf('pign')).toEqual(namesOf())
  expect(namesOf()).toContain('ping')
})
