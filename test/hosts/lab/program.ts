import { type ChildProcess, spawn } from 'node:child_process'
import { LabError, tail } from './lab-error.ts'
import { SLOW_MACHINE } from './until.ts'

export interface Finished {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string
  /**
   * Timeout on an idle machine (see SLOW_MACHINE), default 60 s. When it expires, the program and its children are killed, and
   * a LabError quotes their output.
   */
  readonly timeoutMs?: number
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

/** The environment of programs: nothing of the caller's own, so that a test does not depend on who runs it. */
export const PLAIN_ENV: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
}

/** Kills a program started with `detached` and its whole process group. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The process has already ended.
  }
}

/** Runs a program to its end. Fails only if it does not start or does not end in time, not on a nonzero exit code. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { stdin = '', env = PLAIN_ENV, cwd = '/' } = options
  const boundMs = (options.timeoutMs ?? 60_000) * SLOW_MACHINE
  const [file = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: 'pipe' })
    const out: Buffer[] = []
    const err: Buffer[] = []
    const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8')
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      killGroup(child)
      // A daemon that left the group may still hold the pipes; ignore its output.
      child.stdout.destroy()
      child.stderr.destroy()
    }, boundMs)
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    // A program may end without reading its stdin.
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
    child.on('error', cause => {
      clearTimeout(timer)
      reject(new LabError(`could not start ${file}: ${cause.message}`, { cause }))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (timedOut) {
        const said = tail(text(out) + text(err))
        reject(new LabError(`${argv.join(' ')}\n  did not end within ${boundMs / 1000} s; its last words:\n${said}`))
      } else {
        const killed = signal === null ? '' : `\nkilled by ${signal}`
        resolve({ exitCode: code ?? 128, stdout: text(out), stderr: text(err) + killed })
      }
    })
  })
}

/** Like `run`, but throws a LabError with the program's output on a nonzero exit code; returns stdout. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await run(argv, options)
  if (exitCode === 0) return stdout
  throw new LabError(`${argv.join(' ')}\n  ended with ${exitCode}; its last words:\n${tail(stdout + stderr)}`)
}
