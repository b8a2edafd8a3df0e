import { execFile } from 'node:child_process'
import type { Fact } from '../check.ts'

/** Waits for a fact no longer than this; an error or the end of the time is why it is not known. Never throws. */
export async function bounded<T>(ms: number, find: (signal: AbortSignal) => Promise<T>): Promise<Fact<T>> {
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Fact<T>>(resolve => {
    timer = setTimeout(() => resolve({ unknown: `no answer within ${ms / 1000} s` }), ms)
  })
  const found = find(stop.signal).then(
    value => ({ value }),
    (thrown: unknown) => ({ unknown: whyOf(thrown) }),
  )
  try {
    return await Promise.race([found, late])
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
}

function whyOf(thrown: unknown): string {
  const { code, path, message } = thrown as NodeJS.ErrnoException
  if ((code === 'EACCES' || code === 'EPERM') && path !== undefined) return `you may not read ${path}`
  if (code === 'ENOENT' && path !== undefined) return `there is no ${path}`
  return message ?? String(thrown)
}

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a program of this machine to its end, whatever its exit code. Throws when it is missing, or when `signal` ends it. */
export function runProgram(argv: readonly string[], signal: AbortSignal): Promise<Ended> {
  const [file = '', ...rest] = argv
  return new Promise((resolve, reject) => {
    const options = {
      signal,
      killSignal: 'SIGKILL',
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 1024 ** 2,
    } as const
    execFile(file, rest, options, (error, out, err) => {
      if (error === null) return resolve({ code: 0, out, err })
      if (typeof error.code === 'number') return resolve({ code: error.code, out, err })
      reject(error.code === 'ENOENT' ? new Error(`there is no \`${file}\` on this machine`) : error)
    })
  })
}
