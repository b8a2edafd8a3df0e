import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Looks up the uid of a system user in any source that the host uses; undefined for an unknown name. */
export async function uidOf(user: string): Promise<number | undefined> {
  try {
    const { stdout } = await run('id', ['-u', '--', user], { timeout: 10_000 })
    const text = stdout.trim()
    return /^\d+$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}
