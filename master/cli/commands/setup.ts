import { InvalidArgumentError } from 'commander'
import { defineLocal } from './define.ts'
import { flag, given, one, parsed, text, texts } from './options.ts'

const DIRECTORIES = {
  fleet: text('--fleet <directory>', 'fleet directory (or SALTERN_FLEET)'),
  state: text('--state <directory>', 'state directory (or SALTERN_STATE)'),
}
const PASSPHRASE = { passphraseFile: text('--passphrase-file <file>', 'a file with the passphrase in its first line') }

/** The commands that make a fleet, run the master, and bring either to another machine. */
export const setupCommands = [
  defineLocal({
    words: 'init',
    help: 'make a fresh fleet directory',
    arguments: { directory: one('<directory>') },
    invocation: ({ directory }) => ({ kind: 'init', directory }),
  }),
  defineLocal({
    words: 'migrate',
    help: 'rename keys of earlier versions in the files of a fleet, keeping comments and layout',
    arguments: { directory: one('<directory>') },
    options: { dryRun: flag('--dry-run', 'show the changes as a diff, write nothing') },
    invocation: ({ directory, dryRun }, { view }) => ({ kind: 'migrate', directory, dryRun, view }),
  }),
  defineLocal({
    words: 'bootstrap',
    help: 'install the minion on a host over ssh, and join it',
    arguments: { host: one('<host>') },
    options: {
      roles: texts('--role <role...>', 'roles that it gets, besides those of the inventory'),
      level: text('--level <level>', 'its level, when the inventory names none'),
      id: text('--id <minion>', 'its id (default: the first label of <host>; needed for an address)'),
      user: text('--user <user>', 'whom to log in as: root, or one who may sudo without a password'),
      port: parsed('--port <port>', 'port of its sshd', portNumber),
      master: text(
        '--master <address:port>',
        'address that the minion connects to (default: as the host sees this machine)',
      ),
      package: text('--package <file>', 'Debian package of the minion (default: the one that came with the master)'),
    },
    invocation: (wanted, { view, socket }) => ({ kind: 'bootstrap', ...wanted, view, socket }),
  }),
  defineLocal({
    words: 'backup',
    help: 'seal keys, store and fleet into one file; the passphrase comes on stdin',
    arguments: { file: one('<file>') },
    options: { ...PASSPHRASE, ...DIRECTORIES },
    invocation: ({ file, passphraseFile, fleet, state }, { view }) => {
      return { kind: 'backup', file, passphraseFile, flags: given({ fleet, state }), view }
    },
  }),
  defineLocal({
    words: 'restore',
    help: 'make this machine the master of a backup; the passphrase comes on stdin',
    arguments: { file: one('<file>') },
    options: { ...PASSPHRASE, ...DIRECTORIES, replace: flag('--replace', 'put aside what is there already') },
    invocation: ({ file, passphraseFile, fleet, state, replace }, { view }) => {
      return { kind: 'restore', file, passphraseFile, flags: given({ fleet, state }), replace, view }
    },
  }),
  defineLocal({
    words: 'start',
    help: 'run the master; ends with ctrl-C or SIGTERM',
    options: {
      ...DIRECTORIES,
      listen: text('--listen <address:port>', 'where minions connect'),
      newStore: flag(
        '--new-store',
        'begin with an empty store although this master had one: it was lost, with no backup',
      ),
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
