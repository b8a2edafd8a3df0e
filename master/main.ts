#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { AppError, type ErrorCode } from '../protocol/errors.ts'
import { readyNotice } from '../protocol/notify-ready.ts'
import { type ApiClient, createClient } from './api/client.ts'
import type { CliContext, Perform } from './cli/context.ts'
import { EXIT } from './cli/exit-codes.ts'
import type { Invocation, StartFlags, View } from './cli/invocation.ts'
import { nextStep } from './cli/next-step.ts'
import { outputAsked } from './cli/output.ts'
import { parseCommand } from './cli/parse.ts'
import { renderProblems } from './cli/render/problems.ts'
import { createStyle } from './cli/render/style.ts'
import { runCall, showProblems } from './cli/run.ts'
import { withTargetLists } from './cli/target-lists.ts'
import { CONFIG_FILE, DEFAULT_FLEET, loadConfig, socketOf } from './config.ts'
import type { Daemon } from './daemon.ts'
import { untilStopped } from './wiring/until-stopped.ts'

const NO_VIEW: View = { output: 'text', detailed: false, quiet: false }

/** Runs the arguments after `master`; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const stopped = new AbortController()
  const context = terminal(stopped.signal)
  let invocation: Invocation
  try {
    invocation = parseCommand(argv, version())
  } catch (thrown) {
    return showProblems(context, thrown, { ...NO_VIEW, output: outputAsked(argv) })
  }
  isEndless = ENDLESS.includes(invocation.kind) || (invocation.kind === 'call' && invocation.call.verb === 'events')
  // The daemon handles signals itself.
  if (invocation.kind !== 'start') process.once('SIGINT', () => stopped.abort())
  return await perform(context, invocation)
}

/** Runs one command. Every entry point that takes commands uses it, so each command is implemented once. */
const perform: Perform = async (context, typed) => {
  try {
    const invocation = await withTargetLists(context, typed)
    switch (invocation.kind) {
      case 'say':
        context.out(invocation.text)
        return 0
      case 'init':
        return await init(context, invocation.directory)
      case 'migrate': {
        const { runMigrate } = await import('./migrate.ts')
        return await runMigrate(context, invocation)
      }
      case 'start':
        return await start(context, invocation.flags)
      case 'call':
      case 'audit-verify':
      case 'pillar-set': {
        const socket = await socketOf(invocation.socket, process.env)
        return await runCall(context, { ...invocation, socket })
      }
      case 'key-accept':
      case 'orphans':
      case 'compliance':
        return await conversation(context, invocation)
      case 'play': {
        const { play } = await import('./cli/session/play.ts')
        return await play(context, { ...invocation, socket: await socketOf(invocation.socket, process.env) })
      }
      case 'backup':
        return await (await import('./wiring/backup.ts')).backup(context, invocation, version())
      case 'restore':
        return await (await import('./wiring/backup.ts')).restore(context, invocation)
      case 'doctor': {
        const { doctor } = await import('./wiring/doctor.ts')
        return await doctor(context, invocation, { version: version(), home: join(import.meta.dirname, '..') })
      }
      case 'bootstrap': {
        const { bootstrap } = await import('./cli/bootstrap.ts')
        const socket = await socketOf(invocation.socket, process.env)
        const home = join(import.meta.dirname, '..')
        return await bootstrap({ ...context, packages: join(home, 'packages') }, { ...invocation, socket })
      }
      case 'ssh':
      case 'run':
      case 'copy':
      case 'forward':
      case 'ssh-config':
        return await session(context, invocation)
      case 'shell':
        return await shell(context, invocation)
      case 'complete':
        return await completeLine(context, invocation)
      default:
        return invocation satisfies never
    }
  } catch (thrown) {
    return showProblems(context, thrown, 'view' in typed ? typed.view : NO_VIEW)
  }
}

type ConversationKind = 'key-accept' | 'orphans' | 'compliance'

/** Commands that do more than call one verb and show its result. */
async function conversation(
  context: CliContext,
  asked: Extract<Invocation, { kind: ConversationKind }>,
): Promise<number> {
  const socket = await socketOf(asked.socket, process.env)
  switch (asked.kind) {
    case 'key-accept':
      return await (await import('./cli/accept-key.ts')).acceptKey(context, { ...asked, socket })
    case 'orphans':
      return await (await import('./cli/act-on-orphans.ts')).actOnOrphans(context, { ...asked, socket })
    case 'compliance':
      return await (await import('./cli/compliance.ts')).runCompliance(context, { ...asked, socket })
    default:
      return asked satisfies never
  }
}

type SessionKind = 'ssh' | 'run' | 'copy' | 'forward' | 'ssh-config'

async function session(context: CliContext, asked: Extract<Invocation, { kind: SessionKind }>): Promise<number> {
  const { forwardPort, openTerminal, printSshConfig, runOnMinions } = await import('./cli/session/sessions.ts')
  const socket = await socketOf(asked.socket, process.env)
  switch (asked.kind) {
    case 'ssh':
      return await openTerminal(context, { ...asked, socket }, process.env['TERM'])
    case 'run':
      return await runOnMinions(context, { ...asked, socket })
    case 'copy':
      return await (await import('./cli/session/copy-files.ts')).copyFiles(context, { ...asked, socket })
    case 'forward':
      return await forwardPort(context, { ...asked, socket })
    case 'ssh-config': {
      // ssh runs `master` later and from any directory, so the file must contain what only this shell knows.
      const named = socket === (await socketOf(undefined, {})) ? undefined : resolve(socket)
      return await printSshConfig(context, { ...asked, socket }, named)
    }
  }
}

async function shell(context: CliContext, { line, socket }: Extract<Invocation, { kind: 'shell' }>): Promise<number> {
  const { openShell } = await import('./shell/open.ts')
  return await openShell({ perform, terminal, context, socket, version: version(), clientOf }, line)
}

async function completeLine(
  context: CliContext,
  { line, socket }: Extract<Invocation, { kind: 'complete' }>,
): Promise<number> {
  const { completeWords } = await import('./cli/complete/answer.ts')
  context.out(await completeWords(line, () => clientOf(socket, context.signal)))
  return 0
}

/** Creates a client for the API socket named by the flag, the environment or the settings file. */
async function clientOf(socket: string | undefined, signal: AbortSignal): Promise<ApiClient> {
  return createClient(await socketOf(socket, process.env), signal)
}

async function init(context: CliContext, directory: string): Promise<number> {
  const { initFleet } = await import('./fleet/init.ts')
  const path = resolve(directory)
  await initFleet(path, randomBytes(16).toString('hex'))
  context.out(`created the fleet ${path}\n`)
  const isPackaged = await access(UNIT).then(
    () => true,
    () => false,
  )
  context.err(
    `Next: assign roles to minions in ${join(path, 'inventory.yml')}, then ${nextStep(path, isPackaged ? { settings: CONFIG_FILE, fleet: DEFAULT_FLEET } : undefined)}.\n`,
  )
  return 0
}

const UNIT = '/lib/systemd/system/saltern-master.service'

/** Errors of a state directory that a restart cannot fix: the unit is not restarted (EX_CONFIG of sysexits.h). */
const NO_RESTART: readonly ErrorCode[] = [
  'STORE_EMPTY',
  'STORE_DAMAGED',
  'STORE_UNREADABLE',
  'IDENTITY_DAMAGED',
  'IDENTITY_MISSING',
  'IDENTITY_UNSAFE',
]

async function start(context: CliContext, flags: StartFlags): Promise<number> {
  const { startDaemon } = await import('./daemon.ts')
  const config = await loadConfig(flags, process.env)
  const notifyReady = readyNotice(process.env)
  let daemon: Daemon
  try {
    daemon = await startDaemon(config, version())
  } catch (thrown) {
    const code = showProblems(context, thrown, NO_VIEW)
    return thrown instanceof AppError && NO_RESTART.includes(thrown.code) ? 78 : code
  }
  try {
    // Now systemd starts units ordered after the master, and `systemctl start` returns.
    await untilStopped(notifyReady, process)
    return 0
  } catch (thrown) {
    return showProblems(context, thrown, NO_VIEW)
  } finally {
    await daemon.close()
  }
}

function version(): string {
  const file = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')
  return (JSON.parse(file) as { readonly version: string }).version
}

function terminal(signal: AbortSignal, stdin = (): NodeJS.ReadStream => process.stdin): CliContext {
  const coloured = (stream: NodeJS.WriteStream): boolean => {
    const { NO_COLOR: never, TERM: kind } = process.env
    return stream.isTTY === true && (never === undefined || never === '') && kind !== 'dumb'
  }
  return {
    out: words => void process.stdout.write(words),
    err: words => void process.stderr.write(words),
    stdout: () => process.stdout,
    stderr: () => process.stderr,
    outStyle: createStyle(coloured(process.stdout), widthOf(process.stdout)),
    errStyle: createStyle(coloured(process.stderr), widthOf(process.stderr)),
    errIsTerminal: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    errSize: () => ({ columns: widthOf(process.stderr), rows: process.stderr.rows || 24 }),
    stdin,
    readStdin: () => text(stdin()),
    stdinIsTerminal: process.stdin.isTTY === true,
    signal,
    connect: socket => createClient(socket ?? '', signal),
  }
}

/** A terminal that does not know its size reports 0. */
function widthOf({ columns, isTTY }: NodeJS.WriteStream): number {
  if (isTTY !== true) return Number.POSITIVE_INFINITY
  return columns === undefined || columns < 20 ? 100 : columns
}

/** Commands that produce output until they are stopped: without a reader they have nothing left to do. */
const ENDLESS: readonly Invocation['kind'][] = ['ssh', 'run', 'copy', 'forward', 'play', 'shell']
/** The exit code that a shell reports for a process that ended by SIGPIPE. */
const NO_READER = 141

let isEndless = false
let isOutputLost = false
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    // `master apply web1 | head`: the reader has seen enough, and the exit code still shows how the apply ended.
    if (isEndless) process.exit(NO_READER)
    return
  }
  if (isOutputLost) return
  isOutputLost = true
  const problem = { code: 'OUTPUT_FAILED', message: `stdout cannot be written: ${error.message}` } as const
  process.stderr.write(
    renderProblems([{ ...problem, hint: 'Free some space, or write elsewhere.' }], createStyle(false, 100)),
  )
  process.exitCode ||= EXIT.failed
})
// Without a reader of stderr, errors cannot be shown.
process.stderr.on('error', () => undefined)

void main(process.argv.slice(2)).then(code => {
  process.exitCode = isOutputLost && code === 0 ? EXIT.failed : (process.exitCode ?? code)
})
