import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { AppError } from '../../../protocol/errors.ts'
import { type AnchorInput, anchorsOf } from '../anchors.ts'
import type { Call, Invocation, View } from '../invocation.ts'
import { parseDuration } from '../render/time.ts'
import { countOption, given, type Options, text } from './option-words.ts'

interface Deps {
  readonly found: (invocation: Invocation) => void
  readonly call: (command: Command, call: Call) => void
  readonly view: (command: Command) => View
  readonly socketOf: (command: Command) => string | undefined
}

/** The words about who did what. `now`: milliseconds since 1970. */
export function addAudit(program: Command, { found, call, view, socketOf }: Deps, now: () => number): void {
  const moment = momentOption(now)
  const audit = program.command('audit').description('show who did what when, refusals too')
  audit
    .command('list', { isDefault: true })
    .description('the newest acts of operators')
    .option('--operator <name>', 'only his')
    .option('--verb <verb>', 'only this verb')
    .option('--minion <minion>', 'only about this minion')
    .option('--since <time>', 'from then on: 2h, 3d, 2026-11-21 or 2026-11-21T10:00:00Z', moment)
    .option('--until <time>', 'up to then', moment)
    .option('--limit <count>', 'how many, the newest', countOption, 50)
    .action((options: Options, command: Command) => {
      const [operator, verb, minion, since, until] = ['operator', 'verb', 'minion', 'since', 'until'].map(name =>
        text(options[name]),
      )
      const wanted = { ...given({ operator }), ...given({ verb }), ...given({ minion }) }
      const input = { ...wanted, ...given({ since }), ...given({ until }), limit: Number(options['limit']) }
      call(command, { verb: 'audit', input })
    })
  audit
    .command('verify')
    .description('walk the whole log: find what was changed, dropped, put in another order or cut off')
    .option('--against <file>', 'lines of the journal that hold signed checkpoints, or - for stdin')
    .action((options: Options, command: Command) => {
      const against = text(options['against'])
      found({ kind: 'audit-verify', against, view: view(command), socket: socketOf(command) })
    })
}

/** The checkpoints of a file of journal lines, `-` for stdin. USAGE when there are none. */
export async function readAnchors(against: string, readStdin: () => Promise<string>): Promise<readonly AnchorInput[]> {
  const lines = against === '-' ? await readStdin() : await readFile(against, 'utf8').catch(unreadable)
  const anchors = anchorsOf(lines)
  if (anchors.length > 0) return anchors
  throw new AppError({
    code: 'USAGE',
    message: `\`${against}\` holds no checkpoint of a log`,
    hint: 'Such as `journalctl -u saltern-master -o cat | master audit verify --against -`.',
  })

  function unreadable(cause: NodeJS.ErrnoException): never {
    throw new AppError(
      {
        code: 'USAGE',
        message: `cannot read \`${against}\`: ${cause.code ?? cause.message}`,
        hint: 'Name a file, or `-`.',
      },
      { cause },
    )
  }
}

function momentOption(now: () => number): (value: string) => string {
  return value => {
    const ago = parseDuration(value)
    if (ago !== undefined) return new Date(now() - ago).toISOString()
    if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?$/.test(value)) {
      const ms = Date.parse(value.length === 10 || value.endsWith('Z') ? value : `${value}Z`)
      if (!Number.isNaN(ms)) return new Date(ms).toISOString()
    }
    throw new InvalidArgumentError('A time is 2h, 3d, 2026-11-21 or 2026-11-21T10:00:00Z (UTC).')
  }
}
