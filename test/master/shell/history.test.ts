import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { grammarOf } from '../../../master/cli/complete/grammar.ts'
import { createProgram } from '../../../master/cli/program.ts'
import { HISTORY_LINES, historyPath, isKept, openHistory } from '../../../master/shell/history.ts'
import { vocabularyOf } from '../../../master/shell/vocabulary.ts'

const VOCABULARY = vocabularyOf(grammarOf(createProgram('1', () => undefined)))

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-history-'))
  path = join(directory, 'state', 'saltern', 'history-anna')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

it('the shell history is stored in the state directory of the operator under their name', () => {
  expect(historyPath('/home/anna', undefined, 'anna')).toBe('/home/anna/.local/state/saltern/history-anna')
  expect(historyPath('/home/anna', '/s', 'anna')).toBe('/s/saltern/history-anna')
  expect(historyPath('/home/anna', 'relative', '../x')).toBe('/home/anna/.local/state/saltern/history-___x')
})

it('the shell history is kept across sessions, newest first, in a file only its owner can read', async () => {
  const first = await openHistory(path)
  await first.add('ls')
  await first.add('roles')
  await first.add('roles')

  expect((await openHistory(path)).lines()).toEqual(['roles', 'ls'])
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
})

it('the shell history loses nothing with two concurrent sessions', async () => {
  const one = await openHistory(path)
  const other = await openHistory(path)
  await one.add('a')
  await other.add('b')
  await one.add('c')

  expect((await openHistory(path)).lines()).toEqual(['c', 'b', 'a'])
})

it('the shell history is truncated to its last lines', async () => {
  const history = await openHistory(path)
  await history.add('x')
  writeFileSync(path, Array.from({ length: 2 * HISTORY_LINES + 1 }, (_, at) => `line ${at}\n`).join(''))

  const again = await openHistory(path)
  expect(again.lines()).toHaveLength(HISTORY_LINES)
  expect(again.lines()[0]).toBe(`line ${2 * HISTORY_LINES}`)
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(HISTORY_LINES + 1)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(path, '..'))).toEqual(['history-anna'])
})

it('the shell history follows no symlink and works without a home directory', async () => {
  const target = join(directory, 'target')
  writeFileSync(target, 'kept\n')
  symlinkSync(target, join(directory, 'link'))
  const linked = await openHistory(join(directory, 'link'))
  await linked.add('roles')

  expect(readFileSync(target, 'utf8')).toBe('kept\n')
  expect(linked.lines()).toEqual(['roles'])
  const homeless = await openHistory('/dev/null/x')
  await homeless.add('roles')
  expect(homeless.lines()).toEqual(['roles'])
})

it('the shell history stores no line that may contain a secret', () => {
  expect(isKept('apply role=db', VOCABULARY)).toBe(true)
  expect(isKept('pillar set a.b --file db', VOCABULARY)).toBe(true)
  expect(isKept('pillar set a.b hunter2', VOCABULARY)).toBe(false)
  expect(isKept('master pillar set --file db a.b hunter2', VOCABULARY)).toBe(false)
  expect(isKept("--json pillar set a.b 'hunter2", VOCABULARY)).toBe(false)
  expect(isKept(' apply role=db', VOCABULARY)).toBe(false)
  expect(isKept('', VOCABULARY)).toBe(false)
  expect(isKept('x'.repeat(5000), VOCABULARY)).toBe(false)
})
