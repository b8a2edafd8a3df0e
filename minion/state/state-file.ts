import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { z } from 'zod/mini'
import { AppError } from '../../protocol/errors.ts'
import { writeAtomic } from '../system/write-atomic.ts'

/**
 * Writes a complete file of the state directory with mode 0600; creates its directory with 0700. The file is on disk when it
 * resolves. Throws DISK_FULL.
 */
export async function writeState(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  await writeAtomic({ path, data, mode: 0o600, ...own }, randomBytes(6).toString('hex'))
}

/** Reads a file of the state directory; undefined when there is none. */
export async function readState(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Reads JSON from a file of the state directory; undefined when there is none. Throws STATE_DAMAGED when it does not match the
 * schema.
 */
export async function readStateJson<T>(path: string, schema: z.ZodMiniType<T>): Promise<T | undefined> {
  const bytes = await readState(path)
  return bytes === undefined ? undefined : parseStateJson(path, bytes, schema)
}

/** Parses JSON from the bytes of a file of the state directory. Throws STATE_DAMAGED when it does not match the schema. Pure. */
export function parseStateJson<T>(path: string, bytes: Buffer, schema: z.ZodMiniType<T>): T {
  if (bytes.length === 0) throw damaged(path, 'it is empty')
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw damaged(path, 'it is not JSON', cause)
  }
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  const at = checked.error.issues[0]?.path.join('.') ?? ''
  throw damaged(path, `${at === '' ? 'its content' : `\`${at}\``} is missing or wrong`)
}

/** Reads a key of 32 raw bytes; undefined when there is no file. Throws STATE_DAMAGED for any other size. */
export async function readStateKey(path: string): Promise<Buffer | undefined> {
  const bytes = await readState(path)
  if (bytes === undefined || bytes.length === 32) return bytes
  throw damaged(path, `a key has 32 bytes, this file has ${bytes.length}`)
}

/** Builds a STATE_DAMAGED error. `hint` says how to fix it; without one, a restart of the agent rebuilds the file. Pure. */
export function damaged(path: string, why: string, cause?: unknown, hint?: string): AppError {
  return new AppError(
    {
      code: 'STATE_DAMAGED',
      message: `\`${path}\` is damaged: ${why}`,
      hint: hint ?? 'Restart the agent, which rebuilds this file: `systemctl restart saltern-minion`.',
    },
    { cause },
  )
}

/** Moves a damaged file to `<name>.damaged` for inspection, replacing an older one. */
export async function setAside(path: string): Promise<string> {
  const aside = join(dirname(path), `${basename(path)}.damaged`)
  await rename(path, aside)
  return aside
}
