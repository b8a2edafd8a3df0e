import { InvalidArgumentError } from 'commander'
import { AppError } from '../../../protocol/errors.ts'
import { DATA_FORMATS } from '../output.ts'
import { parseCopy, parseListenAt, parsePort } from '../place.ts'
import { renderSshConfig } from '../render/ssh-config.ts'
import { defineAnswer, defineLocal } from './define.ts'
import { duration, flag, given, maybeTarget, one, parsed, text, texts, unlessNo } from './options.ts'

const RUN_HELP = `
One minion, named by its id: its streams are yours as they are, and its exit code is the command's (128+n for a signal,
127 no such program, 126 cannot be started, 124 time limit, 4 minion offline or lost).
Many: equal answers stand under one heading; exit 0 all fine, 1 some failed, 4 somebody unreachable.
For pipes, && and *, use a shell:             master run role=db -- sh -c 'df -h | tail -1'
`
const TERMINAL_HELP = `
Every key goes there, ctrl-C too; ~. at the beginning of a line leaves, whatever hangs. The exit code is the shell's.
What the terminal shows is recorded (see master sessions), unless recording is disabled.
`
const COPY_HELP = `
  master cp app.conf 'web*:/etc/app.conf'      to all of them; what stands before :/ is a target
  master cp role=web:/var/log/syslog logs/     from all of them: logs/web1/syslog, logs/web2/syslog
  master cp db1:/etc/hosts -                   from one of them to stdout
`
const SSH_HELP = `
  master ssh-config > ~/.ssh/saltern.conf
  ssh -F ~/.ssh/saltern.conf db1
  rsync -e "ssh -F $HOME/.ssh/saltern.conf" -a site/ db1:/srv/site/
Or put "Include saltern.conf" at the top of ~/.ssh/config.
`

/** Commands that run programs, copy files and forward ports. */
export const remoteCommands = [
  defineLocal({
    words: 'run',
    outputs: DATA_FORMATS,
    usage: '[options] <target> -- <program> [words...]',
    help: 'run a program on minions: master run role=db -- uptime',
    arguments: { first: one('<target>'), others: texts('<program...>') },
    options: {
      user: text('--user <user>', 'run as this user of the minion, with its groups'),
      cwd: text('--cwd <directory>', "working directory (default: the user's home)"),
      timeoutMs: parsed(
        '--timeout <time>',
        'kill the program and its children after this time, for example 30s',
        duration,
      ),
      stdin: unlessNo('-n, --no-stdin', 'pass no stdin to the program, for example in loops'),
    },
    more: RUN_HELP,
    invocation: ({ first, others, stdin, ...wish }, { raw, view, socket }) => {
      return { kind: 'run', ...splitRun([first, ...others], raw), wish: given(wish), stdin, view, socket }
    },
  }),
  defineLocal({
    words: 'ssh',
    usage: '[options] <minion> [-- <program> [words...]]',
    help: 'open a terminal on a minion: its login shell, or a program',
    arguments: { minion: one('<minion>'), argv: texts('[program...]') },
    options: { user: text('--user <user>', 'run as this user of the minion, with its groups') },
    more: TERMINAL_HELP,
    invocation: ({ minion, argv, user }, { view, socket }) => {
      return { kind: 'ssh', minion, ...given({ user }), ...(argv.length > 0 ? { argv } : {}), view, socket }
    },
  }),
  defineLocal({
    words: 'cp',
    outputs: DATA_FORMATS,
    help: 'copy a file to or from minions: master cp app.conf db1:/etc/app.conf',
    more: COPY_HELP,
    arguments: { from: one('<from>'), to: one('<to>') },
    options: {
      mode: parsed('--mode <octal>', 'permission bits of the copy, for example 0640', mode),
      user: text('--user <user>', 'owner of the copy on the minion'),
      group: text('--group <group>', 'group of the copy on the minion'),
    },
    invocation: ({ from, to, ...of }, { view, socket }) => {
      const owner = given(of)
      const wish = parseCopy(from, to)
      if (wish.way === 'get' && Object.keys(owner).length > 0) throw onlyThere()
      return { kind: 'copy', wish, owner, view, socket }
    },
  }),
  defineLocal({
    words: 'forward',
    outputs: DATA_FORMATS,
    help: 'forward a local port to a port on a minion, for example `master forward db1 3306`',
    arguments: { minion: one('<minion>'), port: one('<port>') },
    options: {
      listen: text(
        '--listen <address>',
        'loopback address to listen on, for example 127.0.0.1:13306 (default: any free port)',
      ),
      stdio: flag('--stdio', 'use stdin and stdout for one connection, for an ssh ProxyCommand'),
    },
    invocation: ({ minion, port, listen: at = '0', stdio }, { view, socket }) => {
      const listen = parseListenAt(at)
      return { kind: 'forward', minion, to: parsePort(port), view, socket, ...(stdio ? {} : { listen }) }
    },
  }),
  defineLocal({
    words: 'ssh-config',
    help: 'print lines for ~/.ssh/config, so that ssh, scp and rsync reach minions',
    arguments: { target: maybeTarget() },
    more: SSH_HELP,
    answers: [
      defineAnswer({
        verb: 'ssh-config',
        render: ({ fleet, minions }) => renderSshConfig({ fleet, minions, socket: undefined }),
      }),
    ],
    invocation: ({ target }, { view, socket }) => ({ kind: 'ssh-config', ...given({ target }), view, socket }),
  }),
]

/**
 * Splits the target words before `--` from the program after it; commander only returns all of them together. Throws USAGE.
 * Pure.
 */
function splitRun(
  words: readonly string[],
  raw: readonly string[],
): { readonly target: string; readonly argv: readonly string[] } {
  const cut = raw.indexOf('--')
  const argv = cut < 0 ? [] : raw.slice(cut + 1)
  const target = words.slice(0, words.length - argv.length)
  if (target.length > 0 && argv.length > 0) return { target: target.join(' '), argv }
  throw new AppError({
    code: 'USAGE',
    message: 'the target must come before `--`, and the program with its arguments after it',
    hint: 'For example, type `master run role=db -- uptime`.',
  })
}

function onlyThere(): AppError {
  return new AppError({
    code: 'USAGE',
    message: '`--mode`, `--user` and `--group` apply only to a copy on a minion',
    hint: 'Leave them out, and use `chmod` and `chown` on this machine.',
  })
}

function mode(value: string): number {
  if (/^[0-7]{3,4}$/.test(value)) return Number.parseInt(value, 8)
  throw new InvalidArgumentError('Permission bits are 3 or 4 octal digits, such as 0640.')
}
