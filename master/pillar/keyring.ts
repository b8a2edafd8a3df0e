import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import nacl from 'tweetnacl'
import { type PillarKeyPair, pillarKeyId } from './envelope.ts'

/** All pillar keys of a master's state directory, newest first. */
export async function loadKeyring(directory: string): Promise<readonly PillarKeyPair[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const keys = await Promise.all(
    names
      .filter(name => /^\d+-[0-9a-f]{8}\.key$/.test(name))
      .sort()
      .reverse()
      .map(async name => keyPairOf(new Uint8Array(await readFile(join(directory, name))))),
  )
  return keys
}

/** Makes one more key: file 0600 in a directory 0700. `secret` is 32 fresh random bytes. */
export async function addPillarKey(directory: string, secret: Uint8Array, nowMs: number): Promise<PillarKeyPair> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const pair = keyPairOf(secret)
  const file = await open(join(directory, `${nowMs}-${pair.id}.key`), 'wx', 0o600)
  try {
    await file.writeFile(secret)
    await file.sync()
  } finally {
    await file.close()
  }
  return pair
}

function keyPairOf(secret: Uint8Array): PillarKeyPair {
  const { publicKey, secretKey } = nacl.box.keyPair.fromSecretKey(secret)
  return { id: pillarKeyId(publicKey), publicKey, privateKey: secretKey }
}
