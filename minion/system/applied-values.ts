import { createHmac, randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod/mini'
import { writeDurable } from '../../protocol/durable-file.ts'
import { type MaybeSecret, revealText } from '../../protocol/secret.ts'
import { damaged, readStateJson, readStateKey, writeState } from '../state/state-file.ts'
import { explainWrite } from './write-atomic.ts'

/** Remembers write-only values, as HMACs under a key of this host (docs/design.md F11). */
export interface AppliedValues {
  matches(key: string, value: MaybeSecret): Promise<boolean>
  remember(key: string, value: MaybeSecret): Promise<void>
}

/** Stores them in `directory`: `applied.key` and `applied.json`, both with mode 0600. */
export function appliedValues(directory: string): AppliedValues {
  const path = join(directory, 'applied.json')
  const macOf = async (key: string, value: MaybeSecret): Promise<string> => {
    return createHmac('sha256', await localKey(directory))
      .update(`${key}\0${revealText(value)}`)
      .digest('base64')
  }
  const read = async (): Promise<{ readonly [key: string]: string }> => {
    return (await readStateJson(path, schema)) ?? {}
  }
  return {
    async matches(key, value) {
      const known = (await read())[key]
      // Without a stored value there may be no key either, and a read must not create one.
      return known !== undefined && known === (await macOf(key, value))
    },
    async remember(key, value) {
      const data = JSON.stringify({ ...(await read()), [key]: await macOf(key, value) })
      await writeState(path, data)
    },
  }
}

const schema = z.record(z.string(), z.string())

/** Throws STATE_DAMAGED. */
export async function checkAppliedValues(path: string): Promise<void> {
  await readStateJson(path, schema)
}

/** Throws STATE_DAMAGED. */
export async function checkAppliedKey(path: string): Promise<void> {
  await readStateKey(path)
}

async function localKey(directory: string): Promise<Buffer> {
  const path = join(directory, 'applied.key')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const known = await readStateKey(path)
  if (known !== undefined) return known
  await writeDurable({ path, data: randomBytes(32), isNew: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw explainWrite(error, path)
  })
  const key = await readStateKey(path)
  if (key === undefined) throw damaged(path, 'it was removed while it was being created')
  return key
}
