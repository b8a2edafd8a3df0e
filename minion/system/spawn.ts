import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { AppError } from '../../protocol/errors.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { type MaybeSecret, revealText } from '../../protocol/secret.ts'
import type { ProgramResult } from '../../states/system.ts'
import { withoutTerminals } from './held-terminals.ts'

export interface SpawnOptions {
  readonly cwd?: string | undefined
  /** Runs as this user, with its groups (runuser(1)). */
  readonly user?: string | undefined
  readonly env?: { readonly [name: string]: MaybeSecret } | undefined
  readonly stdin?: MaybeSecret | undefined
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const LARGEST_OUTPUT = 16 * 1024 * 1024

/** Programs get this and nothing of our own environment. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  HOME: '/root',
}

/**
 * Runs a program from argv, never through a shell, in a process group of its own that ends with it: on time-out and on
 * abort the whole group is killed. Output above the limit is cut. PROGRAM_MISSING, PROGRAM_TIMEOUT, RUN_CANCELLED.
 */
export async function spawnProgram(argv: readonly string[], options: SpawnOptions = {}): Promise<ProgramResult> {
  const [program, ...args] = options.user === undefined ? argv : ['runuser', '-u', options.user, '--', ...argv]
  if (program === undefined) throw new TypeError('an argv is not empty')
  options.signal?.throwIfAborted()
  const secrets = Object.entries(options.env ?? {}).map(([name, value]) => [name, revealText(value)])
  const { stdio, done } = withoutTerminals()
  const child = execa(program, args, {
    env: { ...ENVIRONMENT, ...Object.fromEntries(secrets) },
    extendEnv: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    // A number is taken there too, though its type does not say so.
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(stdio as readonly 'ignore'[])],
    ...(options.stdin === undefined ? {} : { input: revealText(options.stdin) }),
    detached: true,
    reject: false,
    stripFinalNewline: false,
    buffer: false,
    cleanup: true,
  })
  done()
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const ended = await guarded(child, program, options)
  if (ended.code === 'ENOENT' || ended.code === 'EACCES') {
    throw new AppError({
      code: 'PROGRAM_MISSING',
      message: `the program \`${program}\` ${ended.code === 'ENOENT' ? 'does not exist' : 'may not be run'} on this host`,
      hint: 'Require the package that brings it.',
    })
  }
  return { exitCode: ended.exitCode ?? 128, stdout: stdout(), stderr: stderr() }
}

/** The last part of an output, as much as may travel in a report. */
export function tailOf(text: string, bytes: number = LIMITS.outputBytes): string {
  if (text.length <= bytes) return text
  return `... ${text.length - bytes} characters left out ...\n${text.slice(-bytes)}`
}

interface Pipes {
  readonly pid?: number
  readonly stdout: { destroy(): unknown } | null
  readonly stderr: { destroy(): unknown } | null
}

async function guarded<Ended>(
  child: PromiseLike<Ended> & Pipes,
  program: string,
  { timeoutMs, signal }: SpawnOptions,
): Promise<Ended> {
  let why: 'timeout' | 'cancelled' | undefined
  const end = (reason: typeof why) => (): void => {
    why ??= reason
    killGroup(child.pid)
    // A daemon that left the group may hold the pipes for ever: nobody waits for them.
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
  const timer = timeoutMs === undefined ? undefined : setTimeout(end('timeout'), timeoutMs)
  const onAbort = end('cancelled')
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const ended = await child
    if (why === 'timeout') {
      throw new AppError({
        code: 'PROGRAM_TIMEOUT',
        message: `\`${program}\` did not end within ${(timeoutMs ?? 0) / 1000} s and was killed with all it had started`,
        hint: 'Give the state more time: `timeout: 1200`.',
      })
    }
    if (why === 'cancelled')
      throw new AppError({ code: 'RUN_CANCELLED', message: `\`${program}\` was ended: the run was cancelled` })
    return ended
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** What a stream says, its last 16 MiB: a program that talks too much is cut, not ended. */
function collect(stream: Readable | null): () => string {
  let chunks: Buffer[] = []
  let kept = 0
  let left = 0
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    kept += chunk.length
    while (kept - (chunks[0]?.length ?? 0) >= LARGEST_OUTPUT) {
      const first = chunks.shift()
      kept -= first?.length ?? 0
      left += first?.length ?? 0
    }
    // A program that writes byte by byte must not make a million pieces.
    if (chunks.length > 4096) chunks = [Buffer.concat(chunks)]
  })
  return () => {
    const text = Buffer.concat(chunks).toString('utf8')
    return left === 0 ? text : `... ${left} bytes left out ...\n${text}`
  }
}
