import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** How long backups are kept: whichever comes first. */
export interface BackupRule {
  readonly runs: number
  readonly ageMs: number
  /** Of all runs together. */
  readonly bytes: number
}

export const BACKUP_RULE: BackupRule = { runs: 20, ageMs: 7 * 24 * 3_600_000, bytes: 256 * 1024 * 1024 }

/** The backups of one run. */
export interface RunBackup {
  /** Run ids sort by time. */
  readonly run: string
  readonly atMs: number
  readonly bytes: number
}

/** The runs whose backups go; those of the newest run stay, however large they are. Pure. */
export function outdated(backups: readonly RunBackup[], nowMs: number, rule: BackupRule): readonly string[] {
  let bytes = 0
  return backups
    .toSorted((a, b) => (a.run < b.run ? 1 : -1))
    .filter((backup, index) => {
      bytes += backup.bytes
      return index > 0 && (index >= rule.runs || nowMs - backup.atMs > rule.ageMs || bytes > rule.bytes)
    })
    .map(({ run }) => run)
}

/** Removes what is outdated below `<state>/backup`. */
export async function pruneBackups(directory: string, nowMs: number, rule: BackupRule = BACKUP_RULE): Promise<void> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const backups: RunBackup[] = []
  for (const run of names) {
    const path = join(directory, run)
    backups.push({ run, atMs: (await lstat(path)).mtimeMs, bytes: await sizeOf(path) })
  }
  for (const run of outdated(backups, nowMs, rule)) await rm(join(directory, run), { recursive: true, force: true })
}

async function sizeOf(directory: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
  }
  return bytes
}
