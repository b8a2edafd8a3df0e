import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'

/** flock(1) ends so when another has the lock. */
const TAKEN = 1

/**
 * True: this process has the lock of the kernel (flock(2)) on the open file, until it closes it or ends, however that
 * happens. The program `flock` locks the open file that it shares with us, and ends; the lock stays with ours.
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
