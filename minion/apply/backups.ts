import { createWriteStream } from 'node:fs'
import { lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { openToLook } from '../../protocol/trusted-directory.ts'
import type { Action } from '../../states/action.ts'
import type { System } from '../../states/system.ts'
import { isMarked, type SecretFiles, writesSecret } from './secret-files.ts'

/**
 * Copies the file at a path to `directory` (under its own path) before this run first changes it. Directories are not copied.
 * Only root can read the copies; they are kept as long as BACKUP_RULE allows.
 */
export function backupTo(directory: string): (path: string) => Promise<void> {
  const seen = new Set<string>()
  return async path => {
    if (seen.has(path)) return
    seen.add(path)
    const status = await lstat(path).catch(() => undefined)
    if (status === undefined || status.isDirectory()) return
    const copy = join(directory, path)
    await mkdir(dirname(copy), { recursive: true, mode: 0o700 })
    if (status.isSymbolicLink()) {
      await symlink(await readlink(path), copy)
    } else if (status.isFile()) {
      await copyTo(path, copy)
    }
  }
}

/** Follows no link of another user, so that no foreign file ends up among the backups. */
async function copyTo(path: string, copy: string): Promise<void> {
  const file = await openToLook(path)
  try {
    await pipeline(file.createReadStream({ autoClose: false }), createWriteStream(copy, { flags: 'wx', mode: 0o600 }))
  } finally {
    await file.close()
  }
}

/**
 * The path to back up before this action. None for a file that holds a secret of Saltern, or will: the master has the values,
 * and an old one must not stay on disk in clear text.
 */
export async function pathToBackUp(
  action: Action,
  system: Pick<System, 'applied'>,
  isSecretFile: SecretFiles['has'] = path => isMarked(path, system),
): Promise<string | undefined> {
  if (action.do !== 'write-file' && action.do !== 'remove' && action.do !== 'link') return undefined
  if (writesSecret(action)) return undefined
  return (await isSecretFile(action.path)) ? undefined : action.path
}

/** How long backups are kept; the first limit reached applies. */
export interface BackupRule {
  readonly runs: number
  readonly ageMs: number
  /** Total of all runs. */
  readonly bytes: number
}

const BACKUP_RULE: BackupRule = { runs: 20, ageMs: 7 * 24 * 3_600_000, bytes: 256 * 1024 * 1024 }

/** The backups of one run. */
export interface RunBackup {
  /** Run ids sort by time. */
  readonly run: string
  readonly atMs: number
  readonly bytes: number
}

/** Selects the runs whose backups are removed. Those of the newest run stay, whatever their size. Pure. */
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

/** Removes outdated backups below `<state>/backup`. */
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
