import { expect, it } from 'vitest'
import { COMMANDS } from '../../../master/cli/commands/index.ts'
import type { View } from '../../../master/cli/invocation.ts'
import { dataText, eventText, outputAsked, problemsData } from '../../../master/cli/output.ts'
import { parseCommand } from '../../../master/cli/parse.ts'
import { AppError } from '../../../protocol/errors.ts'

function outputOf(line: string): string {
  try {
    const invocation = parseCommand(line.split(' '), '1.2.3') as { readonly view?: View }
    return invocation.view?.output ?? 'no view'
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    return `${thrown.message} | ${thrown.problems[0].hint ?? ''}`
  }
}

it('the output format is text unless `--output`, `-o` or `--json` names another, before or after the verb', () => {
  expect(outputOf('minions')).toBe('text')
  expect(outputOf('minions --output json')).toBe('json')
  expect(outputOf('--output=ndjson apply db1')).toBe('ndjson')
  expect(outputOf('-o json minions')).toBe('json')
  expect(outputOf('minions --json')).toBe('json')
  expect(outputOf('minions --json --output json')).toBe('json')
  expect(outputOf('run web1 -- ls --output nothing')).toBe('text')
})

it('the output format is refused where a verb does not have it, with the ones that it has', () => {
  expect(outputOf('minions --output junit')).toBe(
    '`master minions` has no output format `junit`: expected text, json, ndjson | For example, type `--output json`.',
  )
  expect(outputOf('init /srv/fleet --json')).toBe(
    '`master init` has no output format `json`: expected text | Leave `--json` out.',
  )
  expect(outputOf('keys accept db1 -o yaml')).toContain('`master keys accept` has no output format `yaml`')
})

it('the output format is refused where two options differ', () => {
  expect(outputOf('minions --json --output ndjson')).toBe(
    '`--output ndjson` and `--json` ask for two output formats | Type only `--output`.',
  )
})

it('the output format of compliance can also be named by `--format`, and a file name in its place gives a hint', () => {
  expect(outputOf('compliance --format html')).toBe('html')
  expect(outputOf('compliance --format csv -o csv --file a.csv')).toBe('csv')
  expect(outputOf('compliance --format html --output a.html')).toContain('ask for two output formats')
  expect(outputOf('compliance --output a.html')).toContain('type `--file a.html`')
})

it('the output format of problems with the words themselves is the one that was asked for', () => {
  expect(outputAsked(['minions', '--nothing', '--json'])).toBe('json')
  expect(outputAsked(['minions', '--output=ndjson', '--nothing'])).toBe('ndjson')
  expect(outputAsked(['-o', 'github', 'nothing'])).toBe('github')
  expect(outputAsked(['run', 'web1', '--', 'ls', '--json'])).toBe('text')
  expect(outputAsked(['minions', '-o'])).toBe('text')
})

it('the output format is text, json and ndjson for every command that calls a verb', () => {
  const without = COMMANDS.filter(({ answers, formats }) => answers.length > 0 && !formats.includes('ndjson'))

  expect(without.map(({ words }) => words)).toEqual([])
})

it('a stream of lines has the same lines as the API, and a JSON answer is indented', () => {
  expect(eventText({ type: 'round' })).toBe('{"event":{"type":"round"}}\n')
  expect(dataText({ a: 1 }, { output: 'ndjson' })).toBe('{"result":{"a":1}}\n')
  expect(problemsData([{ code: 'USAGE' }], { output: 'ndjson' })).toBe('{"problems":[{"code":"USAGE"}]}\n')
  expect(dataText({ a: 1 }, { output: 'json' })).toBe('{\n  "a": 1\n}\n')
})
