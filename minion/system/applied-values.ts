import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type MaybeSecret, revealText } from '../../protocol/secret.ts'
import { writeAtomic } from './write-atomic.ts'

/** Remembers values that can only be written, as HMACs under a key of this host (DECISIONS 11). */
export interface AppliedValues {
  matches(key: string, value: MaybeSecret): Promise<boolean>
  remember(key: string, value: MaybeSecret): Promise<void>
}

/** In `directory`: `applied.key` and `applied.json`, both 0600. */
export function appliedValues(directory: string): AppliedValues {
  const path = join(directory, 'applied.json')
  const macOf = async (key: string, value: MaybeSecret): Promise<string> => {
    return createHmac('sha256', await localKey(directory))
      .update(`${key}\0${revealText(value)}`)
      .digest('base64')
  }
  const read = async (): Promise<{ readonly [key: string]: string }> => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}'
      throw error
    })
    return JSON.parse(text) as { readonly [key: string]: string }
  }
  return {
    matches: async (key, value) => (await read())[key] === (await macOf(key, value)),
    async remember(key, value) {
      const data = JSON.stringify({ ...(await read()), [key]: await macOf(key, value) })
      const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
      await writeAtomic({ path, data, mode: 0o600, ...own }, randomBytes(6).toString('hex'))
    },
  }
}

async function localKey(directory: string): Promise<Buffer> {
  const path = join(directory, 'applied.key')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(randomBytes(32))
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFile(path)
}
