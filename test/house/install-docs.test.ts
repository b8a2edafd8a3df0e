import { describe, expect, it } from 'vitest'
import { linesTypedBy } from './command-blocks.ts'
import { filesBelow, readSource } from './source-files.ts'

describe('docs/install.md', () => {
  it('has no command that no test types', () => {
    const tests = filesBelow(['test/hosts', 'test/scripts'], '.test.ts').map(readSource).join('\n')
    const commands = linesTypedBy('test/house/install-docs.test.ts', 'docs/install.md')

    expect(commands.length).toBeGreaterThan(10)
    expect(commands.filter(command => !tests.includes(`'${command}'`))).toEqual([])
  })
})
