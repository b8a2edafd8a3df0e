import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { limitText } from '../../protocol/duration.ts'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import { withoutTerminals } from '../system/held-terminals.ts'
import { makePipes, type ProgramPipes } from './pipes.ts'
import type { ChannelEnd, ChannelPort } from './port.ts'
import { endFamily, signalGroup } from './process-family.ts'
import { findProgram, type RunAs, runAs } from './run-as.ts'

export interface ExecRequest {
  readonly argv: readonly string[]
  readonly user?: string | undefined
  readonly cwd?: string | undefined
  readonly env?: { readonly [name: string]: string } | undefined
  readonly timeoutMs?: number | undefined
}

/** How long to wait for output of background processes after the program exited. */
const AFTERGLOW_MS = 1_000
const LOOK_EVERY_MS = 100

/**
 * Runs a program from argv with the operator's streams, without buffering them, in its own session, which is ended with the
 * channel or at the time limit. Background processes keep running when the program exits by itself, as under ssh.
 */
export async function execChannel(request: ExecRequest, port: ChannelPort): Promise<ChannelEnd> {
  try {
    const [program = '', ...args] = request.argv
    const as = await runAs(request)
    await findProgram(program, as)
    port.signal.throwIfAborted()
    const pipes = await makePipes(as.account)
    return await carryOut([program, ...args], request.timeoutMs, as, pipes, port)
  } catch (thrown) {
    return { problem: problemsOf(thrown)[0] }
  }
}

async function carryOut(
  argv: readonly string[],
  timeoutMs: number | undefined,
  as: RunAs,
  pipes: ProgramPipes,
  port: ChannelPort,
): Promise<ChannelEnd> {
  const { leader, exit } = await start([...as.prefix, ...argv], as, pipes)
  const outputs = [new Pump(pipes.stdout, port.output), new Pump(pipes.stderr, port.errors)]
  feed(port.input, pipes.stdin)
  let interrupted = false
  port.onSignal(name => {
    interrupted = true
    signalGroup(leader, name)
  })
  let ended: 'timeout' | 'cancelled' | undefined
  let ending: Promise<void> | undefined
  const end = (why: 'timeout' | 'cancelled') => (): void => {
    ended ??= why
    ending ??= endFamily(leader)
  }
  const timer = timeoutMs === undefined ? undefined : setTimeout(end('timeout'), timeoutMs)
  const onAbort = end('cancelled')
  port.signal.addEventListener('abort', onAbort, { once: true })
  if (port.signal.aborted) onAbort()
  try {
    const [code, signal] = await exit
    clearTimeout(timer)
    // A shell makes its background processes ignore ctrl-C.
    if (interrupted) ending ??= endFamily(leader)
    if (ended === undefined) await settle(outputs, port.signal)
    await ending
    if (ended === 'timeout') throw tooSlow(argv[0] ?? '', timeoutMs ?? 0)
    if (ended === 'cancelled') throw new AppError({ code: 'RUN_CANCELLED', message: `\`${argv[0] ?? ''}\` was ended` })
    return signal === null ? { exit: code ?? 0 } : { signal }
  } finally {
    clearTimeout(timer)
    port.signal.removeEventListener('abort', onAbort)
    port.input.unpipe()
    port.input.resume()
    for (const stream of [pipes.stdin, pipes.stdout, pipes.stderr]) stream.destroy()
  }
}

type Exit = readonly [number | null, NodeJS.Signals | null]

async function start(
  [file = '', ...args]: readonly string[],
  as: RunAs,
  pipes: ProgramPipes,
): Promise<{ readonly leader: number; readonly exit: Promise<Exit> }> {
  const terminals = withoutTerminals()
  try {
    const stdio = [...pipes.childEnds, ...terminals.stdio]
    const child = spawn(file, args, { cwd: as.cwd, env: { ...as.env }, detached: true, stdio })
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    // Rejects when the process could not be started.
    if (child.pid === undefined)
      throw await exit.then(
        () => new Error('no process'),
        thrown => thrown,
      )
    return { leader: child.pid, exit }
  } catch (cause) {
    for (const stream of [pipes.stdin, pipes.stdout, pipes.stderr]) stream.destroy()
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'E2BIG' ? 'its arguments are too long for this system' : (code ?? message)
    throw new AppError({ code: 'EXEC_REFUSED', message: `the program cannot be started: ${why}` }, { cause })
  } finally {
    terminals.done()
    pipes.closeChildEnds()
  }
}

/** Forwards the operator's input until the program stops reading, then discards the rest so that the sender does not block. */
function feed(input: Readable, stdin: Writable): void {
  stdin.on('error', () => {
    input.unpipe(stdin)
    input.resume()
  })
  input.pipe(stdin)
}

/**
 * Waits for the end of both outputs. Background processes can hold them open indefinitely, so an output counts as ended once it
 * has been quiet for a while and everything before it was delivered.
 */
async function settle(outputs: readonly Pump[], signal: AbortSignal): Promise<void> {
  const over = { all: false }
  const done = Promise.all(outputs.map(({ done }) => done)).then(() => {
    over.all = true
  })
  const exited = performance.now()
  while (!over.all && !signal.aborted) {
    const now = performance.now()
    if (outputs.every(pump => pump.quietSince(exited) < now - AFTERGLOW_MS)) return
    await Promise.race([done, pause(LOOK_EVERY_MS, undefined, { ref: false })])
  }
}

/** Copies one output and reads on only after the previous piece was taken. */
class Pump {
  readonly done: Promise<void>
  #ended = false
  #holding = false
  #last = 0

  constructor(from: Readable, to: Writable) {
    this.done = this.#carry(from, to).catch(() => undefined)
  }

  /** Start of the current silence, `from` at the earliest; infinity while a piece waits to be taken. */
  quietSince(from: number): number {
    if (this.#ended) return 0
    return this.#holding ? Number.POSITIVE_INFINITY : Math.max(this.#last, from)
  }

  async #carry(from: Readable, to: Writable): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        this.#holding = true
        if (!to.write(chunk)) await once(to, 'drain')
        this.#holding = false
        this.#last = performance.now()
      }
    } finally {
      this.#ended = true
    }
  }
}

function tooSlow(program: string, timeoutMs: number): AppError {
  return new AppError({
    code: 'PROGRAM_TIMEOUT',
    message: `\`${program}\` did not end within ${limitText(timeoutMs)} and was killed together with all processes that it started`,
    hint: 'Give it more time: `--timeout 10m`.',
  })
}
