// @peculiar/x509 needs this polyfill before it is loaded.
import 'reflect-metadata'
import { type KeyObject, webcrypto } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { packPlain, unpackPlain } from '../../protocol/codec.ts'
import { AppError } from '../../protocol/errors.ts'
import { certifyMaster } from '../../protocol/handshake.ts'
import type { MasterCertificate } from '../../protocol/handshake-messages.ts'
import { ed25519PrivateKey, keyHash, rawPublicKey } from '../../protocol/signature.ts'

/** All private keys of a master, in its state directory. */
export interface MasterIdentity {
  readonly fleet: string
  readonly masterKey: KeyObject
  readonly certificate: MasterCertificate
  /** SHA-256 of the fleet root's raw key: what minions pin. */
  readonly rootHash: Uint8Array
  /** PEM, self-signed; trust does not come from it. */
  readonly tls: { readonly key: string; readonly cert: string }
  /** For the MACs of slots. */
  readonly slotKey: Uint8Array
}

const DAY_MS = 86_400_000
const FILES = ['root.key', 'master.key', 'master.cert', 'tls.key', 'tls.crt', 'slot.key'] as const

/**
 * Makes root, master identity, TLS certificate and slot key: all files 0600, made so, in a directory 0700 that appears
 * whole or not at all. IDENTITY_EXISTS when there is one.
 */
export async function createMasterIdentity(
  directory: string,
  fleet: string,
  world: { readonly now: number; readonly random: (size: number) => Uint8Array },
): Promise<MasterIdentity> {
  const target = join(directory, 'identity')
  if ((await stat(target).catch(() => undefined)) !== undefined) {
    throw new AppError({
      code: 'IDENTITY_EXISTS',
      message: `\`${target}\` holds the identity of a master already`,
      hint: 'Start it with `master start`, or choose another state directory.',
    })
  }
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const making = `${target}.new-${Buffer.from(world.random(6)).toString('hex')}`
  await mkdir(making, { mode: 0o700 })
  const root = world.random(32)
  const master = world.random(32)
  const certificate = certifyMaster(ed25519PrivateKey(root), {
    fleet,
    master: 'master',
    masterKey: rawPublicKey(ed25519PrivateKey(master)),
    // A minion's clock may be behind.
    notBefore: world.now - DAY_MS,
    notAfter: world.now + 3650 * DAY_MS,
    epoch: 1,
  })
  const tls = await selfSigned(world.now)
  const contents: { readonly [name in (typeof FILES)[number]]: Uint8Array } = {
    'root.key': root,
    'master.key': master,
    'master.cert': packPlain(certificate),
    'tls.key': Buffer.from(tls.key),
    'tls.crt': Buffer.from(tls.cert),
    'slot.key': world.random(32),
  }
  for (const name of FILES) await writePrivate(join(making, name), contents[name])
  await rename(making, target)
  return loadMasterIdentity(directory)
}

/** IDENTITY_MISSING or IDENTITY_UNSAFE (a private file that others may read). */
export async function loadMasterIdentity(directory: string): Promise<MasterIdentity> {
  const read = async (name: (typeof FILES)[number]): Promise<Buffer> => {
    const path = join(directory, 'identity', name)
    const status = await stat(path).catch(() => undefined)
    if (status === undefined) {
      throw new AppError({
        code: 'IDENTITY_MISSING',
        message: `there is no \`${path}\`: this state directory holds no master`,
        hint: 'Make one: `master init DIR`.',
      })
    }
    if ((status.mode & 0o077) !== 0) {
      throw new AppError({
        code: 'IDENTITY_UNSAFE',
        message: `\`${path}\` may be read by others (mode ${(status.mode & 0o777).toString(8)})`,
        hint: `Close it: \`chmod 600 ${path}\`.`,
      })
    }
    return readFile(path)
  }
  const certificate = unpackPlain(await read('master.cert')) as MasterCertificate
  return {
    fleet: certificate.fleet,
    masterKey: ed25519PrivateKey(await read('master.key')),
    certificate,
    rootHash: keyHash(certificate.rootKey),
    tls: { key: (await read('tls.key')).toString(), cert: (await read('tls.crt')).toString() },
    slotKey: new Uint8Array(await read('slot.key')),
  }
}

async function writePrivate(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await chmod(path, 0o600)
}

async function selfSigned(now: number): Promise<{ readonly key: string; readonly cert: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=saltern-master',
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 3650 * DAY_MS),
    signingAlgorithm: algorithm,
    keys,
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${key.toString('base64').replaceAll(/(.{64})(?=.)/g, '$1\n')}\n-----END PRIVATE KEY-----\n`,
    cert: `${certificate.toString('pem')}\n`,
  }
}
