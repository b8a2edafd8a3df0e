import { type StatsFs, statfsSync } from 'node:fs'

/** Blocks and inodes of a file system, as statfs(2) counts them. */
export type Room = Pick<StatsFs, 'bavail' | 'ffree' | 'files'>

/** True for the two ways in which the system says that nothing more fits. Pure. */
export function isDiskFull(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/**
 * What an operator types when a write in `directory` found no room: `df -i` when the inodes are used up, else `df -h`. The
 * kernel gives one error for both.
 */
export function roomHint(directory: string, look: (path: string) => Room = statfsSync): string {
  try {
    return hintFor(directory, look(directory))
  } catch {
    return hintFor(directory, undefined)
  }
}

/** `files` is 0 where a file system has no limit for inodes. Pure. */
export function hintFor(directory: string, room: Room | undefined): string {
  const isOutOfInodes = room !== undefined && room.files > 0 && room.ffree === 0
  if (!isOutOfInodes) return `Free some space: \`df -h ${directory}\`.`
  return `Remove files: all inodes are in use, even if there is free space. Check \`df -i ${directory}\`.`
}
