import { expect, it } from 'vitest'
import { parseCommand } from '../../master/cli/parse.ts'
import { commandsOf } from '../hosts/page.ts'
import { readSource } from './source-files.ts'

/** Debian programs that the page uses. */
const SYSTEM = ['apt-get', 'dpkg-query', 'git', 'journalctl', 'mv', 'openssl', 'systemctl']
const PAGE = 'docs/security.md'

/** Splits a line into words like the shell, separately for each program of a pipe. */
function programsOf(line: string): readonly (readonly string[])[] {
  return line.split(' | ').map(part => {
    return [...part.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  })
}

it('command blocks of docs/security.md use only existing Saltern commands and programs from Debian', () => {
  const programs = commandsOf('security.md').flatMap(programsOf)
  const ours = programs.filter(([name]) => name === 'master')

  expect(ours.length).toBeGreaterThan(20)
  for (const [, ...words] of ours) expect(() => parseCommand(words, '1.2.3'), words.join(' ')).not.toThrow()
  expect(programs.map(([name = '']) => name).filter(name => name !== 'master' && !SYSTEM.includes(name))).toEqual([])
})

it('the prose of docs/security.md names only commands that exist', () => {
  const text = readSource(PAGE)
  const named = [...text.matchAll(/`master ([a-z][^`]*)`/g)].map(([, words = '']) => words)

  expect(named.length).toBeGreaterThan(3)
  for (const words of named) {
    const [program = []] = programsOf(words)
    expect(() => parseCommand(program, '1.2.3'), words).not.toThrow()
  }
})

it('docs/security.md says for each asset what an attacker gains by stealing it and how to recover', () => {
  const [, ...things] =
    readSource(PAGE).split('## What each stolen thing gives')[1]?.split('\n## ')[0]?.split('\n### ') ?? []

  expect(things.length).toBeGreaterThanOrEqual(8)
  for (const thing of things) expect(thing).toMatch(/\*\*Gives[\s\S]*\*\*Recover:\*\*/)
})

it('docs/security.md says how to report a vulnerability, and README.md links to it', () => {
  expect(readSource(PAGE)).toMatch(/## Report a vulnerability\n\nWrite to/)
  expect(readSource('README.md')).toContain('(docs/security.md)')
})
