import { readFile, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { writeDurable } from '../../protocol/durable-file.ts'
import { AppError, type Problem } from '../../protocol/errors.ts'
import { FLEET_FILE } from './fleet-file.ts'
import { type MigratedText, migrateText } from './migrate-text.ts'
import { findFiles, unreadableFile } from './walk.ts'

/** A file of a fleet that contains old names. */
export interface MigratedFile extends Omit<MigratedText, 'problems'> {
  /** Relative to the fleet directory. */
  readonly path: string
  /** Absolute, with links resolved. */
  readonly real: string
  readonly before: string
}

const TOPS = [FLEET_FILE, 'roles', 'runbooks']

/**
 * Finds all old names in a fleet directory and computes the new content of each file. Writes nothing. Throws one AppError with
 * all obstacles.
 */
export async function planMigration(directory: string): Promise<readonly MigratedFile[]> {
  const root = await realpath(directory).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError(unreadableFile(resolve(directory), cause))
  })
  const { files, broken } = await findFiles(root, TOPS)
  const problems: Problem[] = [...broken.values()]
  if (!files.has(FLEET_FILE) && !broken.has(FLEET_FILE)) problems.push(noFleet(root))
  const changed: MigratedFile[] = []
  for (const { path, real } of files.values()) {
    const bytes = await readFile(real).catch((cause: NodeJS.ErrnoException) => {
      problems.push(unreadableFile(real, cause))
    })
    const before = bytes === undefined ? undefined : textOfUtf8(bytes)
    // Templates are UTF-8; other content has no expressions.
    if (before === undefined) continue
    const { text, edits, problems: found } = migrateText(path, before)
    problems.push(...found)
    if (edits.length > 0) changed.push({ path, real, before, text, edits })
  }
  if (problems.length > 0) throw new AppError(problems)
  return changed
}

/** Writes all files or none: when one cannot be written, restores those before it. */
export async function writeMigration(files: readonly MigratedFile[]): Promise<void> {
  const done: MigratedFile[] = []
  try {
    for (const file of files) {
      await write(file, file.text)
      done.push(file)
    }
  } catch (cause) {
    const left = await restore(done)
    const at = files[done.length]?.real ?? ''
    const { message } = cause as Error
    throw new AppError({
      code: 'FILE_UNWRITABLE',
      message: `cannot write \`${at}\`: ${message}`,
      hint:
        left.length === 0
          ? 'No file was changed. Run it as a user who can write the fleet directory.'
          : `These files already have the new names and could not be restored: ${left.join(', ')}. Run it again: it renames the rest.`,
    })
  }
}

/** Restores the old content of files; returns the paths where that failed. */
async function restore(files: readonly MigratedFile[]): Promise<readonly string[]> {
  const left: string[] = []
  for (const file of files) await write(file, file.before).catch(() => left.push(file.real))
  return left
}

async function write({ real }: MigratedFile, data: string): Promise<void> {
  const { mode, uid, gid } = await stat(real)
  const isForeign = process.getuid?.() !== uid || process.getgid?.() !== gid
  await writeDurable({ path: real, data, mode: mode & 0o7777, ...(isForeign ? { owner: { uid, gid } } : {}) })
}

function textOfUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function noFleet(root: string): Problem {
  return {
    code: 'FLEET_UNREADABLE',
    message: `\`${join(root, FLEET_FILE)}\` does not exist, so \`${root}\` is not a fleet directory`,
    hint: 'Name the directory that holds fleet.yml: `master migrate DIR`.',
  }
}
