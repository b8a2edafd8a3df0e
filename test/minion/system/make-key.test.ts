import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { makeKey } from '../../../minion/system/make-key.ts'
import { isWireguardKey } from '../../../states/lib/wireguard-config.ts'

/** RFC 8410: the prefix of the 32 bytes of an X25519 key. */
const PRIVATE_DER = Buffer.from('302e020100300506032b656e04220420', 'hex')

it('makeKey creates a private key readable only by its owner, with its public key next to it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'saltern-key-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const path = join(dir, 'private.key')
  const mine = { path, mode: '0600', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

  await makeKey(mine)

  const [secret, open] = await Promise.all([readFile(path, 'utf8'), readFile(`${path}.pub`, 'utf8')])
  const der = Buffer.concat([PRIVATE_DER, Buffer.from(secret.trim(), 'base64')])
  const { x = '' } = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
    format: 'jwk',
  })
  expect(Buffer.from(x, 'base64url').toString('base64')).toBe(open.trim())
  expect([secret.trim(), open.trim()].every(isWireguardKey)).toBe(true)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await expect(makeKey(mine)).rejects.toMatchObject({ problems: [{ code: 'KEY_INVALID' }] })
  expect(await readFile(path, 'utf8')).toBe(secret)
})
