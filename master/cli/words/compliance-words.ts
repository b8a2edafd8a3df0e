import { type Command, InvalidArgumentError, Option } from 'commander'
import { FORMAT_NAMES, type Format } from '../../compliance/formats.ts'
import type { Call, Invocation, View } from '../invocation.ts'
import { countOption, durationOption, given, type Options, text, texts } from './option-words.ts'

interface Deps {
  readonly found: (invocation: Invocation) => void
  readonly call: (command: Command, call: Call) => void
  readonly view: (command: Command) => View
  readonly socketOf: (command: Command) => string | undefined
}

const EXAMPLES = `
Examples:
  master compliance
  master compliance level=production --fail-under 100
  master compliance --cached --format html --output compliance.html
  master compliance history
  master compliance show --format csv
`

/** The words that judge the fleet, and look at how it was judged before. */
export function addCompliance(program: Command, { found, call, view, socketOf }: Deps): void {
  const judged = (command: Command, one: Call): void => {
    const options: Options = command.optsWithGlobals()
    const { json } = view(command)
    const failUnder = options['failUnder']
    const output = text(options['output'])
    found({
      kind: 'compliance',
      call: one,
      format: json ? 'json' : formatOf(options['format']),
      ...(typeof failUnder === 'number' ? { failUnder } : {}),
      ...(output === undefined ? {} : { output }),
      view: view(command),
      socket: socketOf(command),
    })
  }
  const compliance = withForm(program.command('compliance [target...]'))
    .description('judge the fleet: states, checks, contracts, who is away; without a target everybody')
    .option('--cached', 'judge the last test runs, order none')
    .option('--patience <time>', 'the longest that test runs are waited for, such as 10m', durationOption)
    .option('--send <recipient...>', 'bring the report to these `deliver` targets of schedule.yml')
    .addHelpText('after', EXAMPLES)
    .action((words: string[], options: Options, command: Command) => {
      const patience = options['patience']
      judged(command, {
        verb: 'compliance',
        input: {
          ...(words.length === 0 ? {} : { target: words.join(' ') }),
          cached: options['cached'] === true,
          recipients: texts(options['send']),
          ...(typeof patience === 'number' ? { patienceMs: patience } : {}),
        },
      })
    })
  withForm(compliance.command('show [report]'))
    .description('show a report that was made before; without a word the last one')
    .action((report: string | undefined, _, command: Command) => {
      judged(command, { verb: 'compliance-show', input: given({ report }) })
    })
  compliance
    .command('history [target...]')
    .description('show how the fleet was judged, with its trend')
    .option('--limit <count>', 'how many, newest first', countOption, 30)
    .action((words: string[], options: Options, command: Command) => {
      const target = words.length === 0 ? {} : { target: words.join(' ') }
      call(command, { verb: 'compliance-history', input: { limit: Number(options['limit']), ...target } })
    })
}

function withForm(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'how the report is written').choices(FORMAT_NAMES))
    .option('--output <file>', 'write it into this file')
    .option('--fail-under <percent>', 'exit 1 when the score is below', percentOption)
}

function formatOf(value: unknown): Format {
  return FORMAT_NAMES.find(name => name === value) ?? 'text'
}

function percentOption(value: string): number {
  if (/^\d{1,3}(\.\d+)?$/.test(value) && Number(value) <= 100) return Number(value)
  throw new InvalidArgumentError('A number from 0 to 100 is needed.')
}
