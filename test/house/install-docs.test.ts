import { expect, it } from 'vitest'
import { linesTypedBy } from './command-blocks.ts'
import { filesBelow, readSource } from './source-files.ts'

it('every command in docs/install.md is run by a test', () => {
  const tests = filesBelow(['test/hosts', 'test/scripts'], '.test.ts').map(readSource).join('\n')
  const commands = linesTypedBy('test/house/install-docs.test.ts', 'docs/install.md')

  expect(commands.length).toBeGreaterThan(10)
  expect(commands.filter(command => !tests.includes(`'${command}'`))).toEqual([])
})
