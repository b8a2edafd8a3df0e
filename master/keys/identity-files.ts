import { readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurable } from '../../protocol/durable-file.ts'
import { AppError } from '../../protocol/errors.ts'

const RESTORE = 'Restore the state directory from its backup: `master restore FILE`.'

/** Creates the IDENTITY_DAMAGED error of a file, by its path. Minions trust its content, so it is never replaced. Pure. */
export function identityDamaged(path: string, why: string, cause?: unknown): AppError {
  const problem = { code: 'IDENTITY_DAMAGED', message: `\`${path}\` is damaged: ${why}`, hint: RESTORE } as const
  return new AppError(problem, { cause })
}

/**
 * Reads a private file of `<directory>/identity`. Throws IDENTITY_DAMAGED when it is missing and IDENTITY_UNSAFE when others
 * may read it.
 */
export async function readIdentityFile(directory: string, name: string): Promise<Buffer> {
  const path = join(directory, 'identity', name)
  const status = await stat(path).catch(() => undefined)
  if (status === undefined) throw identityDamaged(path, 'it is missing')
  if ((status.mode & 0o077) !== 0) {
    throw new AppError({
      code: 'IDENTITY_UNSAFE',
      message: `\`${path}\` can be read by other users (mode ${(status.mode & 0o777).toString(8)})`,
      hint: `Restrict it: \`chmod 600 ${path}\`.`,
    })
  }
  return readFile(path)
}

/** Reads a 32-byte key of `<directory>/identity`; throws like `readIdentityFile`. */
export async function readIdentityKey(directory: string, name: string): Promise<Buffer> {
  const bytes = await readIdentityFile(directory, name)
  if (bytes.length === 32) return bytes
  throw identityDamaged(join(directory, 'identity', name), `a key has 32 bytes, this file has ${bytes.length}`)
}

/** Writes new files into the state directory; a damaged file is kept as `<name>.damaged`. */
export async function remake(files: { readonly [path: string]: string | Uint8Array }): Promise<void> {
  for (const [path, data] of Object.entries(files)) {
    await rename(path, `${path}.damaged`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    await writeDurable({ path, data })
  }
}
