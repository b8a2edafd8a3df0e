import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurable } from '../../protocol/durable-file.ts'
import { identityDamaged, readIdentityKey, remake } from './identity-files.ts'

const NAME = 'at-rest.key'

export interface SealedByKey {
  readonly random: (size: number) => Uint8Array
  /** True when the store contains something sealed under this key. */
  readonly isNeeded: boolean
  /** Throws when the store is sealed under another key. */
  readonly open: (key: Uint8Array) => void
}

/**
 * Returns the key that seals private keys in the store: 32 bytes in `identity/at-rest.key`, created atomically at the first
 * start. While nothing is sealed under it, a lost or damaged key is replaced; otherwise throws IDENTITY_DAMAGED.
 */
export async function atRestKey(directory: string, { random, isNeeded, open }: SealedByKey): Promise<Uint8Array> {
  const path = join(directory, 'identity', NAME)
  if (!isNeeded) {
    const size = await stat(path).then(
      status => status.size,
      () => undefined,
    )
    if (size === undefined) await writeDurable({ path, data: random(32), isNew: true })
    else if (size !== 32) await remake({ [path]: random(32) })
    return new Uint8Array(await readFile(path))
  }
  const key = new Uint8Array(await readIdentityKey(directory, NAME))
  try {
    open(key)
  } catch (cause) {
    throw identityDamaged(path, 'the keys in the store were sealed under another one', cause)
  }
  return key
}
