// @peculiar/x509 needs this polyfill before it is loaded.
import 'reflect-metadata'
import { createPrivateKey, type KeyObject, webcrypto, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { z } from 'zod/mini'
import { packPlain, unpackPlain } from '../../protocol/codec.ts'
import { syncDirectory, writeDurable } from '../../protocol/durable-file.ts'
import { AppError } from '../../protocol/errors.ts'
import { certifyMaster, isSignedByRoot } from '../../protocol/handshake.ts'
import type { MasterCertificate } from '../../protocol/handshake-messages.ts'
import { ed25519PrivateKey, keyHash, rawPublicKey } from '../../protocol/signature.ts'
import { identityDamaged, readIdentityFile, readIdentityKey, remake } from './identity-files.ts'

/** All private keys of a master, stored in its state directory. */
export interface MasterIdentity {
  readonly fleet: string
  readonly masterKey: KeyObject
  readonly certificate: MasterCertificate
  /** SHA-256 of the fleet root's raw key, which minions pin. */
  readonly rootHash: Uint8Array
  /** PEM, self-signed; trust does not depend on it. */
  readonly tls: { readonly key: string; readonly cert: string }
  /** Key for the MACs of secret placeholders. */
  readonly slotKey: Uint8Array
}

const bytes = z.instanceof(Uint8Array)
const certificateSchema = z.object({
  fleet: z.string(),
  master: z.string(),
  rootKey: bytes,
  masterKey: bytes,
  notBefore: z.number(),
  notAfter: z.number(),
  epoch: z.number(),
  signature: bytes,
})

const DAY_MS = 86_400_000
const FILES = ['root.key', 'master.key', 'master.cert', 'tls.key', 'tls.crt', 'slot.key'] as const

/**
 * Creates root, master identity, TLS certificate and slot key: files created with mode 0600, in a directory with mode 0700 that
 * appears as a whole or not at all. Throws IDENTITY_EXISTS when there is one.
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
      message: `\`${target}\` already has the identity of a master`,
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
  for (const name of FILES) await writeDurable({ path: join(making, name), data: contents[name] })
  await rename(making, target)
  await syncDirectory(directory)
  return loadMasterIdentity(directory)
}

/**
 * Loads the identity. Throws IDENTITY_MISSING when the state directory never had one, IDENTITY_DAMAGED for a file that is
 * missing, truncated or does not belong to the others, and IDENTITY_UNSAFE for a private file that others may read.
 */
export async function loadMasterIdentity(directory: string): Promise<MasterIdentity> {
  const identity = join(directory, 'identity')
  const at = (name: string): string => join(identity, name)
  if (!(await hasMasterIdentity(directory))) {
    throw new AppError({
      code: 'IDENTITY_MISSING',
      message: `there is no \`${identity}\`: this state directory has no master`,
      hint: 'Create one with `master start`, or restore a backup with `master restore FILE`.',
    })
  }
  const certificate = certificateIn(await readIdentityFile(directory, 'master.cert'), at('master.cert'))
  const keyOf = async (name: string, publicKey: Uint8Array): Promise<KeyObject> => {
    const key = ed25519PrivateKey(await readIdentityKey(directory, name))
    if (Buffer.compare(rawPublicKey(key), publicKey) === 0) return key
    throw identityDamaged(at(name), `it is not the key of \`${at('master.cert')}\``)
  }
  await keyOf('root.key', certificate.rootKey)
  const masterKey = await keyOf('master.key', certificate.masterKey)
  const tls = {
    key: (await readIdentityFile(directory, 'tls.key')).toString(),
    cert: (await readIdentityFile(directory, 'tls.crt')).toString(),
  }
  if (!isPair(tls)) throw identityDamaged(at('tls.key'), `it does not belong to \`${at('tls.crt')}\``)
  const slotKey = new Uint8Array(await readIdentityKey(directory, 'slot.key'))
  return { fleet: certificate.fleet, masterKey, certificate, rootHash: keyHash(certificate.rootKey), tls, slotKey }
}

/** True when the state directory has already been used by a master. */
export async function hasMasterIdentity(directory: string): Promise<boolean> {
  return (await stat(join(directory, 'identity')).catch(() => undefined)) !== undefined
}

/**
 * Replaces what no minion trusts when it is missing or damaged: the TLS certificate, and the key that shows whether a secret
 * changed. Calls `warn` for each.
 */
export async function mendMasterIdentity(
  directory: string,
  world: {
    readonly now: number
    readonly random: (size: number) => Uint8Array
    readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
  },
): Promise<void> {
  const at = (name: string): string => join(directory, 'identity', name)
  const text = (name: string): Promise<string> => readFile(at(name), 'utf8').catch(() => '')
  if (!isPair({ key: await text('tls.key'), cert: await text('tls.crt') })) {
    const { key, cert } = await selfSigned(world.now)
    await remake({ [at('tls.key')]: key, [at('tls.crt')]: cert })
    world.warn('the TLS certificate was damaged and was created again; minions are not affected', {
      path: at('tls.crt'),
    })
  }
  const slot = await readFile(at('slot.key')).catch(() => undefined)
  if (slot?.length !== 32) {
    await remake({ [at('slot.key')]: world.random(32) })
    world.warn('the slot key was damaged and was created again; the next catalogs count as new', {
      path: at('slot.key'),
    })
  }
}

function certificateIn(bytes: Buffer, path: string): MasterCertificate {
  let value: unknown
  try {
    value = unpackPlain(bytes)
  } catch (cause) {
    throw identityDamaged(path, 'it does not contain a certificate', cause)
  }
  const checked = certificateSchema.safeParse(value)
  if (!checked.success) throw identityDamaged(path, 'it does not contain a certificate', checked.error)
  if (!isSignedByRoot(checked.data)) throw identityDamaged(path, 'its signature is not valid')
  return checked.data
}

/** True for a certificate with its own private key. */
function isPair({ key, cert }: MasterIdentity['tls']): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
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
