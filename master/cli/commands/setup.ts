import { InvalidArgumentError } from 'commander'
import { DATA_FORMATS } from '../output.ts'
import { defineLocal } from './define.ts'
import { flag, given, one, parsed, text, texts } from './options.ts'

const DIRECTORIES = {
  fleet: text('--fleet <directory>', 'fleet directory (or SALTERN_FLEET)'),
  state: text('--state <directory>', 'state directory (or SALTERN_STATE)'),
}
const PASSPHRASE = { passphraseFile: text('--passphrase-file <file>', 'a file with the passphrase in its first line') }

/** Commands that create a fleet, run the master, back it up or restore it, and install minions. */
export const setupCommands = [
  defineLocal({
    words: 'init',
    help: 'create a fleet directory',
    arguments: { directory: one('<directory>') },
    invocation: ({ directory }) => ({ kind: 'init', directory }),
  }),
  defineLocal({
    words: 'migrate',
    outputs: DATA_FORMATS,
    help: 'rename keys of earlier versions in the files of a fleet, keeping comments and layout',
    arguments: { directory: one('<directory>') },
    options: { dryRun: flag('--dry-run', 'show the changes as a diff, write nothing') },
    invocation: ({ directory, dryRun }, { view }) => ({ kind: 'migrate', directory, dryRun, view }),
  }),
  defineLocal({
    words: 'bootstrap',
    outputs: DATA_FORMATS,
    help: 'install the minion on a host over ssh, and join it',
    arguments: { host: one('<host>') },
    options: {
      roles: texts('--role <role...>', 'roles of the minion, in addition to the inventory'),
      level: text('--level <level>', 'level of the minion, if the inventory does not set one'),
      id: text(
        '--id <minion>',
        'id of the minion (default: the first label of <host>; required if <host> is an address)',
      ),
      user: text('--user <user>', 'login user: root, or a user with passwordless sudo'),
      port: parsed('--port <port>', 'port of sshd on the host', portNumber),
      master: text(
        '--master <address:port>',
        'address that the minion connects to (default: the address by which the host sees this machine)',
      ),
      package: text('--package <file>', 'Debian package of the minion (default: the one that came with the master)'),
    },
    invocation: (wanted, { view, socket }) => ({ kind: 'bootstrap', ...wanted, view, socket }),
  }),
  defineLocal({
    words: 'backup',
    outputs: DATA_FORMATS,
    help: 'write keys, store and fleet into one encrypted file; reads the passphrase from stdin',
    arguments: { file: one('<file>') },
    options: { ...PASSPHRASE, ...DIRECTORIES },
    invocation: ({ file, passphraseFile, fleet, state }, { view }) => {
      return { kind: 'backup', file, passphraseFile, flags: given({ fleet, state }), view }
    },
  }),
  defineLocal({
    words: 'restore',
    outputs: DATA_FORMATS,
    help: 'restore the master from a backup on this machine; reads the passphrase from stdin',
    arguments: { file: one('<file>') },
    options: {
      ...PASSPHRASE,
      ...DIRECTORIES,
      replace: flag('--replace', 'move existing state and fleet directories aside'),
    },
    invocation: ({ file, passphraseFile, fleet, state, replace }, { view }) => {
      return { kind: 'restore', file, passphraseFile, flags: given({ fleet, state }), replace, view }
    },
  }),
  defineLocal({
    words: 'start',
    help: 'run the master in the foreground until ctrl-C or SIGTERM',
    options: {
      ...DIRECTORIES,
      listen: text('--listen <address:port>', 'address and port for minions'),
      newStore: flag('--new-store', 'start with an empty store after the old one was lost without a backup'),
    },
    invocation: ({ fleet, state, listen, newStore }, { socket }) => {
      const flags = { ...given({ fleet, state, listen, socket }), ...(newStore ? { newStore } : {}) }
      return { kind: 'start', flags }
    },
  }),
]

function portNumber(value: string): number {
  const port = Number(value)
  if (/^\d{1,5}$/.test(value) && port >= 1 && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 1 to 65535.')
}
