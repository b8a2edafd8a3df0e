import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The number of a system user, from wherever this host has its users; undefined when it knows none of that name. */
export async function uidOf(user: string): Promise<number | undefined> {
  try {
    const { stdout } = await run('id', ['-u', '--', user], { timeout: 10_000 })
    const text = stdout.trim()
    return /^\d+$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}
