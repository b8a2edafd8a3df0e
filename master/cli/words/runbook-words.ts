import { type Command, InvalidArgumentError } from 'commander'
import type { Call } from '../invocation.ts'
import { type Options, text } from './option-words.ts'

/** The words about procedures. */
export function addRunbooks(program: Command, call: (command: Command, call: Call) => void): void {
  const runbook = program.command('runbook').description('carry out procedures over several minions, step by step')
  runbook
    .command('list', { isDefault: true })
    .description('list runbooks, and what was begun')
    .action((_, command: Command) => call(command, { verb: 'runbook-list', input: {} }))
  for (const word of ['plan', 'run'] as const) {
    const command = runbook
      .command(`${word} <runbook>`)
      .description(word === 'plan' ? 'show its steps; nothing is done' : 'carry it out')
      .option('--to <minion>', 'its parameter `to`')
      .option('--set <name=value...>', 'any parameter', parameter, {})
      .action((name: string, options: Options, self: Command) => {
        const to = text(options['to'])
        const params = {
          ...(options['set'] as { readonly [key: string]: string }),
          ...(to === undefined ? {} : { to }),
        }
        if (word === 'plan') call(self, { verb: 'runbook-plan', input: { runbook: name, params } })
        else call(self, { verb: 'runbook-run', input: { runbook: name, params, yes: options['yes'] === true } })
      })
    if (word === 'run') command.option('--yes', 'answer its questions with yes; without, it waits at each')
  }
  runbook
    .command('show <id>')
    .description('show how one stands')
    .action((id: string, _, command: Command) => call(command, { verb: 'runbook-show', input: { id } }))
  runbook
    .command('resume <id>')
    .description('go on with one that waits, or whose step failed')
    .option('--yes', 'answer its questions with yes')
    .action((id: string, options: Options, command: Command) => {
      call(command, { verb: 'runbook-resume', input: { id, yes: options['yes'] === true } })
    })
  runbook
    .command('abort <id>')
    .description('undo what one did so far')
    .action((id: string, _, command: Command) => call(command, { verb: 'runbook-abort', input: { id } }))
}

function parameter(value: string, before: { readonly [key: string]: string }): { readonly [key: string]: string } {
  const [, key, rest] = /^([a-z][a-z0-9_]*)=(.*)$/s.exec(value) ?? []
  if (key === undefined || rest === undefined) throw new InvalidArgumentError('Such as `--set to=db2`.')
  return { ...before, [key]: rest }
}
