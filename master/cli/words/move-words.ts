import { type Command, InvalidArgumentError } from 'commander'
import type { Invocation, View } from '../invocation.ts'
import { given, type Options, text, texts } from './option-words.ts'

interface Deps {
  readonly found: (invocation: Invocation) => void
  readonly view: (command: Command) => View
  readonly socketOf: (command: Command) => string | undefined
}

/** The words that bring a minion to a host, and a master to another machine. */
export function addMoves(program: Command, { found, view, socketOf }: Deps): void {
  program
    .command('bootstrap <host>')
    .description('install the minion on a host over ssh, and join it')
    .option('--role <role...>', 'roles that it gets, besides those of the inventory')
    .option('--level <level>', 'its level, when the inventory names none')
    .option('--id <minion>', 'its id (default: the first label of <host>; needed for an address)')
    .option('--user <user>', 'whom to log in as: root, or one who may sudo without a password')
    .option('--port <port>', 'port of its sshd', portOption)
    .option('--master <address:port>', 'address that the minion connects to (default: as the host sees this machine)')
    .option('--package <file>', 'Debian package of the minion (default: the one that came with the master)')
    .action((host: string, options: Options, command: Command) => {
      const port = options['port']
      found({
        kind: 'bootstrap',
        host,
        user: text(options['user']),
        port: typeof port === 'number' ? port : undefined,
        id: text(options['id']),
        roles: texts(options['role']),
        level: text(options['level']),
        master: text(options['master']),
        package: text(options['package']),
        view: view(command),
        socket: socketOf(command),
      })
    })
  for (const kind of ['backup', 'restore'] as const) {
    const command = program
      .command(`${kind} <file>`)
      .description(
        kind === 'backup'
          ? 'seal keys, store and fleet into one file; the passphrase comes on stdin'
          : 'make this machine the master of a backup; the passphrase comes on stdin',
      )
      .option('--passphrase-file <file>', 'a file with the passphrase in its first line')
      .option('--fleet <directory>', 'fleet directory (or SALTERN_FLEET)')
      .option('--state <directory>', 'state directory (or SALTERN_STATE)')
      .action((file: string, options: Options, self: Command) => {
        const [fleet, state] = [text(options['fleet']), text(options['state'])]
        const words = {
          file,
          passphraseFile: text(options['passphraseFile']),
          flags: { ...given({ fleet }), ...given({ state }) },
          view: view(self),
        }
        found(kind === 'backup' ? { kind, ...words } : { kind, ...words, replace: options['replace'] === true })
      })
    if (kind === 'restore') command.option('--replace', 'put aside what is there already')
  }
}

function portOption(value: string): number {
  const port = Number(value)
  if (/^\d{1,5}$/.test(value) && port >= 1 && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 1 to 65535.')
}
