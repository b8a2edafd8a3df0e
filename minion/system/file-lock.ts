import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'

/** Exit code of flock(1) when another process holds the lock. */
const TAKEN = 1

/**
 * Tries to take the kernel's lock (flock(2)) on an open file; true on success. This process then holds it until it closes the
 * file or ends, however that happens. The program `flock` locks the open file that it shares with this process and exits; the
 * lock stays.
 */
export async function tryLock(file: FileHandle): Promise<boolean> {
  const child = spawn('flock', ['--exclusive', '--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', file.fd] })
  const [code] = (await once(child, 'exit').catch((cause: unknown) => {
    throw new AppError(
      {
        code: 'PROGRAM_MISSING',
        message: 'the program `flock` cannot be run on this host',
        hint: 'apt install util-linux',
      },
      { cause },
    )
  })) as [number | null]
  if (code === 0) return true
  if (code === TAKEN) return false
  throw new Error(`flock ended with ${code}`)
}
