import { type StatsFs, statfsSync } from 'node:fs'

/** Free blocks and inodes of a file system, as in statfs(2). */
export type Room = Pick<StatsFs, 'bavail' | 'ffree' | 'files'>

/** What should be free for the state of a master: this share, or on a large file system these bytes. */
const LEAST_SHARE = 0.1
const LEAST_BYTES = 1024 ** 3

/** Below a tenth of what should be free, the next writes may fail. */
const URGENT = 10

/** What should be free, as text. */
export const LEAST_FREE = '10 % or 1.0 GiB'

/**
 * Judges the free bytes of a file system. A large one with a few percent left is no emergency, and neither is a small one that is half
 * empty: `short` and `urgent` ask for less than a share and less than an amount. Pure.
 */
export function roomLeft(freeBytes: number, totalBytes: number): 'enough' | 'short' | 'urgent' {
  const below = (part: number): boolean =>
    freeBytes < LEAST_BYTES / part && freeBytes < (totalBytes * LEAST_SHARE) / part
  if (below(URGENT)) return 'urgent'
  return below(1) ? 'short' : 'enough'
}

/** True for the two errors that mean a full disk. Pure. */
export function isDiskFull(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/**
 * Suggests a command when a write in `directory` failed for lack of space: `df -i` if the inodes are used up, otherwise `df
 * -h`. The kernel uses one error for both.
 */
export function roomHint(directory: string, look: (path: string) => Room = statfsSync): string {
  try {
    return hintFor(directory, look(directory))
  } catch {
    return hintFor(directory, undefined)
  }
}

/** Builds the hint. `files` is 0 on a file system without an inode limit. Pure. */
export function hintFor(directory: string, room: Room | undefined): string {
  const isOutOfInodes = room !== undefined && room.files > 0 && room.ffree === 0
  if (!isOutOfInodes) return `Free some space: \`df -h ${directory}\`.`
  return `Remove files: all inodes are in use, even if there is free space. Check \`df -i ${directory}\`.`
}
