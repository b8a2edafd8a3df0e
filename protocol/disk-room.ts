import { type StatsFs, statfsSync } from 'node:fs'

/** Free blocks and inodes of a file system, as in statfs(2). */
export type Room = Pick<StatsFs, 'bavail' | 'ffree' | 'files'>

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
