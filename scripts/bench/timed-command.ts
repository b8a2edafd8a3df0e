import { spawn } from 'node:child_process'
import { cpuOfEndedChildren } from './process-usage.ts'

/** What one turn cost, in seconds. */
export interface Sample {
  readonly seconds: number
  readonly cpu: number
}

export interface Done extends Sample {
  readonly out: string
  readonly err: string
}

/** Runs a program to its end. Throws unless it exits with one of `exits`; output is read to the end either way. */
export async function timedCommand(
  [program = '', ...words]: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv
    readonly cwd?: string
    readonly discard?: boolean
    readonly exits?: readonly number[]
  } = {},
): Promise<Done> {
  const { env, cwd, discard = false, exits = [0] } = options
  const cpu = cpuOfEndedChildren()
  const begun = performance.now()
  const child = spawn(program, words, { env, cwd, stdio: ['ignore', discard ? 'ignore' : 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout?.on('data', chunk => (out += String(chunk)))
  child.stderr?.on('data', chunk => (err += String(chunk)))
  const code = await new Promise<number | string | null>((ended, failed) => {
    child.once('error', failed)
    child.once('close', (exit, signal) => ended(exit ?? signal))
  })
  const seconds = (performance.now() - begun) / 1000
  if (typeof code !== 'number' || !exits.includes(code))
    throw new Error(`${program} ${words.join(' ').slice(0, 200)} ended with ${code}: ${(err + out).slice(-2000)}`)
  return { seconds, cpu: cpuOfEndedChildren() - cpu, out, err }
}
