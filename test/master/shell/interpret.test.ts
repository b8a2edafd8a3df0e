import { expect, it } from 'vitest'
import type { VerbWords } from '../../../master/cli/complete/grammar.ts'
import { grammarOf } from '../../../master/cli/complete/grammar.ts'
import { parseCommand } from '../../../master/cli/parse.ts'
import { createProgram } from '../../../master/cli/program.ts'
import { interpret, withTarget } from '../../../master/shell/interpret.ts'
import { helpText, REFUSED, vocabularyOf } from '../../../master/shell/vocabulary.ts'
import { AppError } from '../../../protocol/errors.ts'

const PROGRAM = grammarOf(createProgram('1', () => undefined))
const VOCABULARY = vocabularyOf(PROGRAM)
const DB = ['role=db', 'and', 'level=staging']
const step = (line: string, target: readonly string[] = []) =>
  interpret(
    line.split(' ').filter(word => word !== ''),
    target,
    VOCABULARY,
  )
const put = (line: string, target = DB) => withTarget(line.split(' '), target, VOCABULARY).join(' ')

function refusal(line: string): string {
  try {
    return JSON.stringify(step(line))
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    return `${thrown.code}: ${thrown.message}`
  }
}

it('interpret turns a shell line into a step', () => {
  expect(step('')).toEqual({ kind: 'nothing' })
  expect(step('help')).toEqual({ kind: 'help' })
  expect(step('help keys accept')).toEqual({ kind: 'verb', words: ['keys', 'accept', '--help'] })
  expect(step('exit')).toEqual({ kind: 'exit', code: undefined })
  expect(step('exit 3')).toEqual({ kind: 'exit', code: 3 })
  expect(step('use role=db')).toEqual({ kind: 'use', target: ['role=db'] })
  expect(step('use')).toEqual({ kind: 'use', target: [] })
  expect(step('ls')).toEqual({ kind: 'verb', words: ['minions'] })
  expect(step('status')).toEqual({ kind: 'verb', words: ['status'] })
})

it('a shell line can start with `master`, as in hints', () => {
  expect(step('master jobs')).toEqual({ kind: 'verb', words: ['jobs'] })
  expect(step('master')).toEqual({ kind: 'nothing' })
  expect(step('master use x')).toEqual({ kind: 'use', target: ['x'] })
})

it('the shell rejects commands that would end or replace it', () => {
  for (const verb of Object.keys(REFUSED)) expect(refusal(verb)).toMatch(`SHELL_REFUSED: \`${verb}\``)
  expect(refusal('exit soon')).toMatch('USAGE: `exit` takes a number')
  expect(refusal('exit 256')).toMatch('USAGE')
  expect(refusal('constructor')).toBe('{"kind":"verb","words":["constructor"]}')
})

it('the shell target is used where a verb takes a target and none is given', () => {
  expect(put('apply')).toBe('apply role=db and level=staging')
  expect(put('test --detailed-exitcode')).toBe('test role=db and level=staging --detailed-exitcode')
  expect(put('apply --wait 1h')).toBe('apply role=db and level=staging --wait 1h')
  expect(put('--json minions')).toBe('--json minions role=db and level=staging')
  expect(step('ls', DB)).toEqual({ kind: 'verb', words: ['minions', ...DB] })
  expect(parseCommand(withTarget(['apply', '-q'], DB, VOCABULARY), '1')).toMatchObject({
    call: { verb: 'apply', input: { target: 'role=db and level=staging' } },
  })
})

it('a target in the line overrides the shell target', () => {
  expect(put('apply web1')).toBe('apply web1')
  expect(put('apply --wait 1h web1')).toBe('apply --wait 1h web1')
  expect(step('ls web1', DB)).toEqual({ kind: 'verb', words: ['minions', 'web1'] })
})

it('the shell target is not added to verbs that take no target', () => {
  for (const line of ['status', 'jobs', 'report', 'keys', 'render db1', 'no-such-verb']) expect(put(line)).toBe(line)
  expect(put('apply', [])).toBe('apply')
})

it('the shell target is placed before the command of a verb that runs a program', () => {
  const user = { names: ['--user'], value: 'name', variadic: false }
  const run: VerbWords = {
    name: 'run',
    summary: '',
    takes: [{ name: 'target', variadic: true, required: true }],
    runs: true,
    options: [user],
    verbs: [],
  }
  const vocabulary = { ...VOCABULARY, verbs: [run] }
  const words = (line: string): readonly string[] => withTarget(line.split(' '), DB, vocabulary)

  expect(words('run uptime -p')).toEqual(['run', ...DB, '--', 'uptime', '-p'])
  expect(words('run --user app ls /x')).toEqual(['run', '--user', 'app', ...DB, '--', 'ls', '/x'])
  expect(words('run -- uptime')).toEqual(['run', ...DB, '--', 'uptime'])
  expect(words('run web1 -- uptime')).toEqual(['run', 'web1', '--', 'uptime'])
})

it('the shell vocabulary has the verbs of the CLI and its own', () => {
  const names = VOCABULARY.verbs.map(({ name }) => name)

  expect(names).toEqual(expect.arrayContaining(['use', 'ls', 'help', 'exit']))
  for (const { name } of PROGRAM.verbs) expect(names.includes(name), name).toBe(!(name in REFUSED))
  expect(new Set(names).size).toBe(names.length)
})

it('help in the shell lists the whole vocabulary', () => {
  for (const { name, summary } of VOCABULARY.verbs) {
    expect(helpText(VOCABULARY)).toMatch(`  ${name} `)
    expect(helpText(VOCABULARY)).toContain(summary)
  }
})
