import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { LabError } from './lab-error.ts'
import { PLAIN_ENV } from './program.ts'

export interface FileLock {
  release(): Promise<void>
}

/**
 * Locks a file; undefined when it was not free within `waitSeconds`. A child holds the lock as long as its stdin is open, so
 * the lock is released however its owner ends.
 */
export async function lockFile(
  path: string,
  kind: 'shared' | 'exclusive',
  waitSeconds: number,
): Promise<FileLock | undefined> {
  const argv = [kind === 'shared' ? '-s' : '-x', '-w', String(waitSeconds), '-E', '75', path, 'cat']
  const child = spawn('flock', argv, { env: PLAIN_ENV, detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(() => 'ended' as const)
  child.stdin.on('error', () => undefined)
  // `cat` runs only once the lock is held; echoing this line signals that.
  child.stdin.write('held\n')
  const answer = await Promise.race([once(child.stdout, 'data').then(() => 'held' as const), ended])
  if (answer === 'ended') {
    if (child.exitCode === 75) return undefined
    throw new LabError(`flock ${argv.join(' ')} ended with ${String(child.exitCode)}`)
  }
  // Once held, the lock must not keep its owner from exiting.
  child.unref()
  for (const stream of [child.stdin, child.stdout]) if (stream instanceof Socket) stream.unref()
  return {
    release: async () => {
      child.ref()
      child.stdin.end()
      await ended
    },
  }
}

/** Runs `work` while holding the exclusive lock of a file; calls `onWait` when another process holds it. */
export async function withLock<T>(
  path: string,
  waitSeconds: number,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  let lock = await lockFile(path, 'exclusive', 0)
  if (lock === undefined) {
    onWait()
    lock = await lockFile(path, 'exclusive', waitSeconds)
  }
  if (lock === undefined)
    throw new LabError(`waited ${waitSeconds} s for the lock ${path}; see who holds it: fuser -v ${path}`)
  try {
    return await work()
  } finally {
    await lock.release()
  }
}
