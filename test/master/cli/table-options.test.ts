import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../master/cli/commands/index.ts'
import type { View } from '../../../master/cli/invocation.ts'
import { parseCommand } from '../../../master/cli/parse.ts'
import { createProgram } from '../../../master/cli/program.ts'
import type { TableWish } from '../../../master/cli/render/table.ts'
import { AppError } from '../../../protocol/errors.ts'
import { verbsOf } from '../../../scripts/docs/cli-options.ts'

function wishOf(line: string): TableWish | undefined {
  return (parseCommand(line.split(' '), '1.2.3') as { readonly view: View }).view.table
}

function refusal(line: string): string {
  try {
    wishOf(line)
  } catch (thrown) {
    if (thrown instanceof AppError) return `${thrown.message} | ${thrown.problems[0].hint ?? ''}`
  }
  throw new Error(`\`${line}\` was accepted`)
}

it('--wide and --columns ask for the table of a verb, before or after its words', () => {
  expect(wishOf('minions')).toEqual({ wide: false })
  expect(wishOf('minions role=web --wide')).toEqual({ wide: true })
  expect(wishOf('minions --columns drift,Minion role=web')).toEqual({ wide: false, columns: ['drift', 'minion'] })
  expect(wishOf('keys --columns=key,minion')).toEqual({ wide: false, columns: ['key', 'minion'] })
  expect(wishOf('audit list --wide --columns seq')).toEqual({ wide: true, columns: ['seq'] })
  expect(wishOf('ping web1')).toBeUndefined()
})

it('an unknown column is refused with the columns that the verb has', () => {
  expect(refusal('keys --columns minion,foo,,id')).toBe(
    '`master keys list` has no column `foo`, ``, `id`: expected minion, key, fingerprint, since, by | For example, type `--columns minion,key,fingerprint`.',
  )
  expect(refusal('keys --columns key,key')).toContain('names the column `key` twice')
})

it('--wide and --columns are refused with an output format that has no table', () => {
  expect(refusal('minions --columns minion --json')).toBe(
    '`--columns` and `--output json` cannot be combined: only text has a table | Leave `--columns` out: json has all fields.',
  )
  expect(refusal('roles --wide --output ndjson')).toContain('`--wide` and `--output ndjson` cannot be combined')
})

it('one job has no columns to choose', () => {
  expect(refusal('jobs job-1 --columns job')).toContain('found the job `job-1` and `--columns`')
  expect(wishOf('jobs --columns job')).toEqual({ wide: false, columns: ['job'] })
})

describe('a command with a table', () => {
  const program = createProgram('1', () => undefined)
  const commands = verbsOf(program).filter(({ command }) => command.options.some(({ long }) => long === '--columns'))

  it('every command that lists something has a table, and its help names the columns', () => {
    expect(commands.map(({ words }) => words)).toEqual([
      'minions',
      'orphans',
      'jobs',
      'roles',
      'contract',
      'compliance history',
      'audit list',
      'sessions list',
      'schedule list',
      'schedule next',
      'allocation list',
      'address list',
      'runbook list',
      'keys list',
      'join-token list',
    ])
    for (const { command } of commands) {
      const choices = command.options.find(({ long }) => long === '--columns')?.argChoices ?? []
      expect(choices.length).toBeGreaterThan(2)
      for (const choice of choices) expect(command.helpInformation()).toContain(`"${choice}"`)
    }
  })

  it('every command named list or history has a table', () => {
    const lists = COMMANDS.filter(
      ({ words, hidden }) => !hidden && !words.startsWith('lease ') && / (?:list|history)$/.test(words),
    )
    expect(commands.map(({ words }) => words)).toEqual(expect.arrayContaining(lists.map(({ words }) => words)))
  })
})
