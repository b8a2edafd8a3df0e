import { type Command, InvalidArgumentError } from 'commander'
import { AppError } from '../../../protocol/errors.ts'
import type { Invocation, View } from '../invocation.ts'
import { durationOption, given, type Options, text } from './option-words.ts'
import { parseCopy, parseListenAt, parsePort } from './place-words.ts'

interface Deps {
  readonly found: (invocation: Invocation) => void
  readonly view: (command: Command) => View
  readonly socketOf: (command: Command) => string | undefined
}

const RUN_HELP = `
One minion, named by its id: its streams are yours as they are, and its exit code is the command's (128+n for a signal,
127 no such program, 126 not startable so, 124 time limit, 4 minion away or lost).
Many: equal answers stand under one heading; exit 0 all fine, 1 some failed, 4 somebody unreachable.
What a shell knows (pipes, &&, *) needs one:  master run role=db -- sh -c 'df -h | tail -1'
`
const TERMINAL_HELP = `
Every key goes there, ctrl-C too; ~. at the beginning of a line leaves, whatever hangs. The exit code is the shell's.
What is shown there is recorded (master sessions), as far as the keeper of the fleet did not say otherwise.
`
const SSH_HELP = `
  master ssh-config > ~/.ssh/saltern.conf
  ssh -F ~/.ssh/saltern.conf db1
  rsync -e 'ssh -F ~/.ssh/saltern.conf' -a site/ db1:/srv/site/
Or put "Include saltern.conf" at the head of ~/.ssh/config.
`

/** The words for programs, files and ports of minions. */
export function addSessions(program: Command, { found, view, socketOf }: Deps): void {
  program
    .command('run <target> <program...>')
    .usage('[options] <target> -- <program> [words...]')
    .description('run a program on minions: master run role=db -- uptime')
    .option('--user <user>', 'as this user of the minion, with its groups')
    .option('--cwd <directory>', "in this directory (default: the user's home)")
    .option('--timeout <time>', 'end it with all it started after this time, such as 30s', durationOption)
    .option('-n, --no-stdin', 'give it no stdin: for loops and scripts whose stdin is not for it')
    .addHelpText('after', RUN_HELP)
    .action((first: string, more: string[], options: Options, command: Command) => {
      const { target, argv } = splitRun([first, ...more], rawArgs(command))
      const wish = {
        ...given({ user: text(options['user']), cwd: text(options['cwd']) }),
        ...(typeof options['timeout'] === 'number' ? { timeoutMs: options['timeout'] } : {}),
      }
      const stdin = options['stdin'] !== false
      found({ kind: 'run', target, argv, wish, stdin, view: view(command), socket: socketOf(command) })
    })
  program
    .command('ssh <minion> [program...]')
    .usage('[options] <minion> [-- <program> [words...]]')
    .description('a terminal on a minion: its login shell, or a program')
    .option('--user <user>', 'as this user of the minion, with its groups')
    .addHelpText('after', TERMINAL_HELP)
    .action((minion: string, argv: string[], options: Options, command: Command) => {
      const wish = { ...given({ user: text(options['user']) }), ...(argv.length > 0 ? { argv } : {}) }
      found({ kind: 'ssh', minion, ...wish, view: view(command), socket: socketOf(command) })
    })
  program
    .command('cp <from> <to>')
    .description('copy a file to or from a minion: master cp app.conf db1:/etc/app.conf')
    .option('--mode <octal>', 'permission bits of the copy, such as 0640', modeOption)
    .option('--user <user>', 'owner of the copy on the minion')
    .option('--group <group>', 'group of the copy on the minion')
    .action((from: string, to: string, options: Options, command: Command) => {
      const mode = typeof options['mode'] === 'number' ? options['mode'] : undefined
      const owner = given({ mode, user: text(options['user']), group: text(options['group']) })
      const wish = parseCopy(from, to)
      if (wish.way === 'get' && Object.keys(owner).length > 0) throw onlyThere()
      found({ kind: 'copy', wish, owner, view: view(command), socket: socketOf(command) })
    })
  program
    .command('forward <minion> <port>')
    .description('reach a port of a minion from here: master forward db1 3306')
    .option('--listen <address>', 'where to listen, on loopback, such as 127.0.0.1:13306 (default: any free port)')
    .option('--stdio', 'one connection by stdin and stdout, as an ssh ProxyCommand')
    .action((minion: string, port: string, options: Options, command: Command) => {
      const listen = parseListenAt(text(options['listen']) ?? '0')
      const common = { minion, to: parsePort(port), view: view(command), socket: socketOf(command) }
      found({ kind: 'forward', ...common, ...(options['stdio'] === true ? {} : { listen }) })
    })
  program
    .command('ssh-config [target...]')
    .description('print lines for ~/.ssh/config, by which plain ssh, scp and rsync reach minions')
    .addHelpText('after', SSH_HELP)
    .action((words: string[], _, command: Command) => {
      const target = words.length === 0 ? undefined : words.join(' ')
      found({ kind: 'ssh-config', ...given({ target }), view: view(command), socket: socketOf(command) })
    })
}

/** Target words stand before `--`, the program's after it; commander tells only all of them together. Pure. USAGE. */
export function splitRun(
  words: readonly string[],
  raw: readonly string[],
): { readonly target: string; readonly argv: readonly string[] } {
  const cut = raw.indexOf('--')
  const argv = cut < 0 ? [] : raw.slice(cut + 1)
  const target = words.slice(0, words.length - argv.length)
  if (target.length > 0 && argv.length > 0) return { target: target.join(' '), argv }
  throw new AppError({
    code: 'USAGE',
    message: 'target words stand before `--`, and the program with its words after it',
    hint: 'Such as `master run role=db -- uptime`.',
  })
}

function onlyThere(): AppError {
  return new AppError({
    code: 'USAGE',
    message: 'mode, owner and group are given to a file on a minion only',
    hint: 'Leave them out; here use `chmod` and `chown`.',
  })
}

function rawArgs(command: Command): readonly string[] {
  let top = command
  while (top.parent !== null) top = top.parent
  return (top as Command & { readonly rawArgs: readonly string[] }).rawArgs
}

function modeOption(value: string): number {
  if (/^[0-7]{3,4}$/.test(value)) return Number.parseInt(value, 8)
  throw new InvalidArgumentError('Permission bits are 3 or 4 octal digits, such as 0640.')
}
