import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import { createProgram } from '../../master/cli/program.ts'
import { buildProgram } from '../../minion/commands.ts'

const PAGE = join(import.meta.dirname, '../../docs/cli.md')

/** Regenerates the parts about options in docs/cli.md from the programs. `node scripts/docs/cli-options.ts` writes it. Pure. */
export function withOptionPages(page: string): string {
  const from = page.indexOf('## Options\n')
  const to = page.indexOf('\n## ', page.indexOf('## The verbs of `minion`'))
  return page.slice(0, from) + optionPages() + page.slice(to)
}

function optionPages(): string {
  const master = createProgram('', () => undefined)
  return `## Options\n\n${tableOf(master)}\n## The verbs of \`minion\`\n\n${tableOf(minionProgram())}`
}

/** The verbs of `minion`, for inspection only. */
export function minionProgram(): Command {
  return buildProgram({
    version: '',
    signal: AbortSignal.abort(),
    leave: AbortSignal.abort(),
    print: () => undefined,
    log: () => undefined,
    readSecret: () => Promise.resolve(''),
    setExitCode: () => undefined,
    notifyReady: () => Promise.resolve(),
  })
}

/** Lists every verb of a program that help shows, with its words, including verbs that have subcommands. Pure. */
export function verbsOf(program: Command): readonly { readonly words: string; readonly command: Command }[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .filter(command => command.name() !== 'help')
    .flatMap(command => [
      { words: command.name(), command },
      ...verbsOf(command).map(one => ({ ...one, words: `${command.name()} ${one.words}` })),
    ])
}

function tableOf(program: Command): string {
  const rows = [
    ...program.options.map(option => row('(all)', option)),
    ...verbsOf(program).flatMap(({ words, command }) => {
      const usage = [words, ...command.registeredArguments.map(argumentOf)].join(' ')
      const shown = `\`${usage.replaceAll('|', '\\|')}\``
      return [
        `| ${shown} | | ${command.description().replaceAll('|', '\\|')} |`,
        ...command.options.map(option => row(shown, option)),
      ]
    }),
  ]
  return `| verb | option | meaning |\n|---|---|---|\n${rows.join('\n')}\n`
}

function argumentOf(argument: Command['registeredArguments'][number]): string {
  const word = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${word}>` : `[${word}]`
}

function row(verb: string, { flags, description, defaultValue, mandatory, argChoices = [] }: Option): string {
  // Depends on the machine that generates this page.
  const isOfHost = /--(id|state)\b/.test(flags)
  const shown = typeof defaultValue === 'string' || typeof defaultValue === 'number'
  const extra = mandatory
    ? ' (required)'
    : shown && !isOfHost
      ? ` (default: ${flags.includes('<time>') ? `${Number(defaultValue) / 60_000}m` : defaultValue})`
      : ''
  const choices = flags.includes('<columns>') ? `: ${argChoices.join(', ')}` : ''
  return `| ${verb} | \`${flags.replaceAll('|', '\\|')}\` | ${description.replaceAll('|', '\\|')}${choices}${extra} |`
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, withOptionPages(readFileSync(PAGE, 'utf8')))
