import { once } from 'node:events'
import { execa } from 'execa'
import { bytesOfText } from '../../protocol/byte-text.ts'
import { limitText } from '../../protocol/duration.ts'
import { AppError } from '../../protocol/errors.ts'
import { type MaybeSecret, revealText } from '../../protocol/secret.ts'
import type { ProgramResult } from '../../states/system.ts'
import { withoutTerminals } from './held-terminals.ts'
import { createProgramFamily, type ProgramFamily } from './program-family.ts'
import { ProgramOutput } from './program-output.ts'
import { spawnFailure } from './spawn-failure.ts'

export interface SpawnOptions {
  readonly cwd?: string | undefined
  /** Run as this user, with its groups (runuser(1)). */
  readonly user?: string | undefined
  readonly env?: { readonly [name: string]: MaybeSecret } | undefined
  readonly stdin?: MaybeSecret | undefined
  /** Milliseconds; no limit if undefined. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Environment of programs; nothing of this process's own environment is passed on. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  HOME: '/root',
}

/**
 * Runs a program from argv, never through a shell, until it exits. Background processes keep running, and their pipes are not
 * waited for. On timeout or abort, the program is killed with everything it started, even after setsid(2). Output above 16 MiB
 * is cut. Throws PROGRAM_MISSING, PROGRAM_CWD, PROGRAM_NOT_EXECUTABLE, PROGRAM_TIMEOUT or RUN_CANCELLED.
 */
export async function spawnProgram(argv: readonly string[], options: SpawnOptions = {}): Promise<ProgramResult> {
  const [program] = argv
  if (program === undefined) throw new TypeError('an argv is not empty')
  options.signal?.throwIfAborted()
  const secrets = Object.entries(options.env ?? {}).map(([name, value]) => [name, revealText(value)])
  const family = await createProgramFamily(Object.keys(options.env ?? {}))
  const env = { ...ENVIRONMENT, ...Object.fromEntries(secrets), ...family.env }
  const asUser = options.user === undefined ? [] : ['runuser', '-u', options.user, '--']
  const [first, ...words] = [...family.prefix, ...asUser, ...argv]
  const { stdio, done } = withoutTerminals()
  const child = execa(first ?? program, words, {
    env,
    extendEnv: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    // A number is accepted too, although the type does not allow it.
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(stdio as readonly 'ignore'[])],
    ...(options.stdin === undefined ? {} : { input: bytesOfText(revealText(options.stdin)) }),
    detached: true,
    reject: false,
    stripFinalNewline: false,
    buffer: false,
    cleanup: true,
  })
  done()
  const place = { program, cwd: options.cwd, path: env.PATH }
  const [stdout, stderr] = [new ProgramOutput(child.stdout), new ProgramOutput(child.stderr)]
  const { pid } = child
  if (pid === undefined) {
    const failed = await child
    await family.release()
    throw await spawnFailure((failed.cause ?? failed) as NodeJS.ErrnoException, place)
  }
  const exited = once(child.nodeChildProcess, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  // The promise also waits for the pipes, so it is not used.
  child.catch(() => undefined)
  const [code, signal] = await guarded(exited, { family, pid, program }, options)
  await Promise.all([stdout.settle(), stderr.settle()])
  await family.release()
  if (saysItCouldNotStart(code, stderr.text)) throw await spawnFailure(new Error(stderr.text.trim()), place)
  const result = { exitCode: code ?? 128, stdout: stdout.text, stderr: stderr.text }
  return signal === null ? result : { ...result, signal }
}

/**
 * Recognizes a failed start by the message and exit code 126 or 127 of the shell that enters the group, or of runuser(1). Pure.
 */
function saysItCouldNotStart(code: number | null, said: string): boolean {
  return (code === 126 || code === 127) && /^(?:sh: \d+: exec: |runuser: failed to execute )/.test(said)
}

/** Waits for the exit. Throws PROGRAM_TIMEOUT or RUN_CANCELLED once no process of the family is left. */
async function guarded<Ended>(
  exited: Promise<Ended>,
  { family, pid, program }: { readonly family: ProgramFamily; readonly pid: number; readonly program: string },
  { timeoutMs, signal }: SpawnOptions,
): Promise<Ended> {
  let why: 'timeout' | 'cancelled' | undefined
  let killed: Promise<void> | undefined
  // A program blocked on a dead disk cannot be killed, so do not wait for it either.
  let giveUp: (nothing: undefined) => void = () => undefined
  const given = new Promise<undefined>(resolve => (giveUp = resolve))
  const end = (reason: typeof why) => (): void => {
    why ??= reason
    killed ??= family.kill(pid).then(() => giveUp(undefined))
  }
  const timer = timeoutMs === undefined ? undefined : setTimeout(end('timeout'), timeoutMs)
  const onAbort = end('cancelled')
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted === true) onAbort()
  try {
    const ended = await Promise.race([exited, given])
    if (why === undefined && ended !== undefined) return ended
    await killed
    await family.release()
    if (why === 'cancelled')
      throw new AppError({ code: 'RUN_CANCELLED', message: `\`${program}\` was stopped: the run was cancelled` })
    const seconds = (timeoutMs ?? 0) / 1000
    throw new AppError({
      code: 'PROGRAM_TIMEOUT',
      message: `\`${program}\` did not end within ${limitText(timeoutMs ?? 0)} and was killed together with all processes that it started`,
      hint: `Give the state more time: \`timeout: ${Math.ceil(seconds * 2)}\`.`,
    })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}
