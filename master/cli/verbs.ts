import type { Command } from 'commander'
import { AppError } from '../../protocol/errors.ts'
import type { InputOf } from '../verbs/index.ts'
import type { Call, Invocation, View } from './invocation.ts'
import { addAddresses } from './words/address-words.ts'
import { addAllocations } from './words/allocation-words.ts'
import { addAudit } from './words/audit-words.ts'
import { addCompliance } from './words/compliance-words.ts'
import { addDoors } from './words/door-words.ts'
import { addMoves } from './words/move-words.ts'
import { countOption, durationOption, given, number, type Options, text, texts } from './words/option-words.ts'
import { addRecordings } from './words/recording-words.ts'
import { addRunbooks } from './words/runbook-words.ts'
import { addSchedule } from './words/schedule-words.ts'
import { addSessions } from './words/session-words.ts'

/** Everything that can be typed after `master`: one table of words, each ending in an invocation. */
export function addVerbs(program: Command, found: (invocation: Invocation) => void): void {
  const view = (command: Command): View => {
    const all: Options = command.optsWithGlobals()
    return { json: all['json'] === true, detailed: all['detailedExitcode'] === true, quiet: all['quiet'] === true }
  }
  const socketOf = (command: Command): string | undefined => text(command.optsWithGlobals<Options>()['socket'])
  const call = (command: Command, one: Call): void => {
    found({ kind: 'call', call: one, view: view(command), socket: socketOf(command) })
  }

  program
    .command('init <directory>')
    .description('make a fresh fleet directory')
    .action((directory: string) => found({ kind: 'init', directory }))
  program
    .command('migrate <directory>')
    .description('rename keys of earlier versions in the files of a fleet, keeping comments and layout')
    .option('--dry-run', 'show the changes as a diff, write nothing')
    .action((directory: string, options: Options, command: Command) => {
      found({ kind: 'migrate', directory, dryRun: options['dryRun'] === true, view: view(command) })
    })
  addMoves(program, { found, view, socketOf })
  program
    .command('start')
    .description('run the master; ends with ctrl-C or SIGTERM')
    .option('--fleet <directory>', 'fleet directory (or SALTERN_FLEET)')
    .option('--state <directory>', 'state directory (or SALTERN_STATE)')
    .option('--listen <address:port>', 'where minions connect')
    .option('--new-store', 'begin with an empty store although this master had one: it was lost, with no backup')
    .action((options: Options, command: Command) => {
      const [fleet, state, listen, socket] = [
        options['fleet'],
        options['state'],
        options['listen'],
        socketOf(command),
      ].map(text)
      found({
        kind: 'start',
        flags: {
          ...given({ fleet }),
          ...given({ state }),
          ...given({ listen }),
          ...given({ socket }),
          ...(options['newStore'] === true ? { newStore: true } : {}),
        },
      })
    })

  program
    .command('ping <target...>')
    .description('ask minions whether they are here')
    .action((words: string[], _, command: Command) =>
      call(command, { verb: 'ping', input: { target: words.join(' ') } }),
    )
  for (const verb of ['apply', 'test'] as const) {
    const command = program
      .command(`${verb} <target...>`)
      .description(
        verb === 'apply'
          ? 'bring minions to what their roles ask for'
          : 'say what an apply would change, and change nothing',
      )
      .option('--wait <time>', 'keep the order for minions that are away, such as 1h', durationOption)
      .option('--splay <time>', 'let each minion begin at an offset of its own below this, such as 10m', durationOption)
      .option('--strict', 'apply nothing when one of the minions cannot be compiled or sealed')
      .action((words: string[], options: Options, self: Command) => {
        const [waitMs = 0, splayMs = 0] = [options['wait'], options['splay']].map(number)
        const strict = options['strict'] === true
        call(self, { verb, input: { target: words.join(' '), waitMs, splayMs, strict } })
      })
    if (verb === 'test') command.option('--detailed-exitcode', 'exit 5 when something would change')
  }

  program
    .command('minions [target...]')
    .description('list minions: here or away, level, roles')
    .action((words: string[], _, command: Command) => {
      call(command, { verb: 'minions', input: words.length === 0 ? {} : { target: words.join(' ') } })
    })
  program
    .command('status')
    .description('say how the master is, and the fingerprint of the fleet root')
    .action((_, command: Command) => call(command, { verb: 'status', input: {} }))
  const jobs = program
    .command('jobs [job]')
    .description('list jobs, or show one')
    .option('--limit <count>', 'how many, newest first', countOption, 20)
    .action((job: string | undefined, options: Options, command: Command) => {
      if (job === undefined) call(command, { verb: 'jobs', input: { limit: Number(options['limit']) } })
      else call(command, { verb: 'job', input: { job } })
    })
  jobs
    .command('cancel <job>')
    .description('end what is left of a job')
    .action((job: string, _, command: Command) => call(command, { verb: 'job-cancel', input: { job } }))
  program
    .command('report [of]')
    .description('show the reports of a run, a job or a minion; without a word: of the last job')
    .action((of: string | undefined, _, command: Command) => call(command, { verb: 'report', input: given({ of }) }))
  program
    .command('events')
    .description('show what happened')
    .option('-f, --follow', 'wait for more')
    .option('--after <seq>', 'only events after this number', countOption)
    .option('--limit <count>', 'how many of the last', countOption, 100)
    .action((options: Options, command: Command) => {
      const after = typeof options['after'] === 'number' ? options['after'] : undefined
      const input = { follow: options['follow'] === true, limit: Number(options['limit']), ...given({ after }) }
      call(command, { verb: 'events', input })
    })
  program
    .command('roles')
    .description('list roles and who has them')
    .action((_, command: Command) => call(command, { verb: 'roles', input: {} }))
  program
    .command('contract [role]')
    .description('judge what roles demand of the fleet, by what minions last told of their hosts')
    .action((role: string | undefined, _, command: Command) => {
      call(command, { verb: 'contract', input: given({ role }) })
    })
  program
    .command('lint')
    .description('compile the catalogs of all minions and show every problem')
    .option('--short', 'take secrets of fewer than 6 characters for a warning')
    .action((options: Options, command: Command) => {
      call(command, { verb: 'lint', input: { short: options['short'] === true } })
    })
  program
    .command('render <minion>')
    .description("show a minion's catalog; secrets stand as ***")
    .option('--file <path>', 'show the content of this file alone')
    .action((minion: string, options: Options, command: Command) => {
      call(command, { verb: 'render', input: { minion, ...given({ file: text(options['file']) }) } })
    })
  addCompliance(program, { found, call, view, socketOf })
  addDoors(program, { found, call, socketOf })
  addAudit(program, { found, call, view, socketOf }, Date.now)
  addRecordings(program, { found, call, view, socketOf })
  addSchedule(program, call)
  addSessions(program, { found, view, socketOf })
  addAllocations(program, call)
  addAddresses(program, call)
  addRunbooks(program, call)
  addKeys(program, call, (input, yes, command) =>
    found({ kind: 'key-accept', input, yes, view: view(command), socket: socketOf(command) }),
  )
  addTokens(program, call)
  addPillar(program, call, (path, options, command) => {
    const short = options['short'] === true
    const file = text(options['file'])
    found({ kind: 'pillar-set', path, file, short, view: view(command), socket: socketOf(command) })
  })
}

type CallWith = (command: Command, call: Call) => void

type AcceptWith = (input: InputOf<'key-accept'>, yes: boolean, command: Command) => void

function addKeys(program: Command, call: CallWith, accept: AcceptWith): void {
  const keys = program.command('keys').description('list the keys of minions, accept, reject or revoke one')
  keys
    .command('list', { isDefault: true })
    .description('list all keys with their fingerprints')
    .action((_, command: Command) => call(command, { verb: 'keys', input: {} }))
  keys
    .command('accept <minion>')
    .description('let a minion in')
    .option('--fingerprint <SHA256:...>', 'the one that the minion prints; needed when it has several keys waiting')
    .option('--role <role...>', 'roles that it has, besides those of the inventory')
    .option('--level <level>', 'its level, when the inventory names none')
    .option('--yes', 'do not ask')
    .action((id: string, options: Options, command: Command) => {
      const fingerprint = text(options['fingerprint'])
      const level = text(options['level'])
      const roles = texts(options['role'])
      const input = { id, ...given({ fingerprint }), ...given({ level }), ...(roles.length === 0 ? {} : { roles }) }
      accept(input, options['yes'] === true, command)
    })
  keys
    .command('reject [minion]')
    .description('refuse a pending key, or all of them')
    .option('--fingerprint <SHA256:...>', 'which of its keys')
    .option('--all-pending', 'all keys that are pending now')
    .action((id: string | undefined, options: Options, command: Command) => {
      const all = options['allPending'] === true
      if (all && id === undefined) return call(command, { verb: 'key-reject-pending', input: {} })
      if (all || id === undefined) {
        const found = all ? `the minion \`${id}\` and \`--all-pending\`` : 'neither'
        throw new AppError({
          code: 'USAGE',
          message: `keys reject: expected a minion or \`--all-pending\`, found ${found}`,
          hint: 'Type `master keys reject MINION` or `master keys reject --all-pending`.',
        })
      }
      call(command, { verb: 'key-reject', input: { id, ...given({ fingerprint: text(options['fingerprint']) }) } })
    })
  keys
    .command('revoke <minion>')
    .description('shut a minion out at once')
    .option('--fingerprint <SHA256:...>', 'which of its keys')
    .action((id: string, options: Options, command: Command) => {
      call(command, { verb: 'key-revoke', input: { id, ...given({ fingerprint: text(options['fingerprint']) }) } })
    })
}

function addTokens(program: Command, call: CallWith): void {
  const tokens = program.command('join-token').description('make, list or revoke the tokens with which new VMs join')
  tokens
    .command('create')
    .description('make one; it is printed once and kept nowhere')
    .option('--role <role...>', 'roles that its minion gets')
    .option('--level <level>', 'level that its minion gets')
    .option('--id <minion>', 'the only minion that may use it, or a pattern such as "web*"; default: any')
    .option('--uses <count>', 'how many minions may use it', countOption, 1)
    .option('--ttl <time>', 'how long it is good, such as 1h', durationOption, 3_600_000)
    .action((options: Options, command: Command) => {
      const level = text(options['level'])
      const minion = text(options['id'])
      const input = { roles: texts(options['role']), uses: Number(options['uses']), ttlMs: Number(options['ttl']) }
      call(command, { verb: 'token-create', input: { ...input, ...given({ level }), ...given({ minion }) } })
    })
  tokens
    .command('list', { isDefault: true })
    .description('list tokens')
    .action((_, command: Command) => call(command, { verb: 'tokens', input: {} }))
  tokens
    .command('revoke <token>')
    .description('make a token worthless')
    .action((token: string, _, command: Command) => call(command, { verb: 'token-revoke', input: { token } }))
}

function addPillar(
  program: Command,
  call: CallWith,
  set: (path: string, options: Options, command: Command) => void,
): void {
  const pillar = program.command('pillar').description('seal and open values of the pillar')
  pillar
    .command('set <path>')
    .description('seal the value on stdin into a pillar file: master pillar set mariadb.root.password < file')
    .option('--file <name>', 'file below pillar/, without .yml (default: the one that has the path, else common)')
    .option('--short', 'insist on a secret of fewer than 6 characters')
    .action((path: string, options: Options, command: Command) => set(path, options, command))
  pillar
    .command('get <path>')
    .description('print a value in clear')
    .option('--minion <minion>', 'as this minion sees it')
    .action((path: string, options: Options, command: Command) => {
      call(command, { verb: 'pillar-get', input: { path, ...given({ minion: text(options['minion']) }) } })
    })
}
