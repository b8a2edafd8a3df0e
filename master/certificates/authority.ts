// The dependency-injection container of the x509 library needs this import first.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type GeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** The fleet's certificate authority: its certificate and its private key as PKCS8 PEM, which never leaves the master. */
export interface Authority {
  readonly certificate: string
  readonly key: string
}

/** Requested contents of a host certificate. */
export interface CertificateWish {
  readonly commonName: string
  /** `IP:10.0.0.1` or `DNS:db1`. */
  readonly altNames: readonly string[]
  readonly days: number
}

export interface HostCertificate {
  readonly certificate: string
  /** PKCS8 PEM. */
  readonly key: string
  readonly notAfter: string
}

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const
const DAY = 86_400_000
const CA_DAYS = 3650
/** Backdating, because clocks of hosts can be slightly behind. */
const BACKDATED = 5 * 60_000
const crypto = webcrypto

/** Creates a P-256 authority for the fleet, valid for ten years. */
export async function createAuthority(fleet: string, nowMs: number): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [`saltern fleet ${fleet}`] }],
      serialNumber: serial(),
      notBefore: new Date(nowMs - BACKDATED),
      notAfter: new Date(nowMs + CA_DAYS * DAY),
      keys,
      signingAlgorithm: SIGNING,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  )
  return { certificate: pem(certificate), key: await keyPem(keys.privateKey) }
}

/** Creates a key and certificate for one host, for server and client use; it never outlives the authority. */
export async function issueCertificate(
  authority: Authority,
  wish: CertificateWish,
  nowMs: number,
): Promise<HostCertificate> {
  const issuer = new X509Certificate(authority.certificate)
  const signingKey = await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), EC, false, [
    'sign',
  ])
  const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const notAfter = new Date(Math.min(nowMs + wish.days * DAY, issuer.notAfter.getTime()))
  const certificate = await X509CertificateGenerator.create(
    {
      subject: [{ CN: [wish.commonName] }],
      issuer: issuer.subjectName,
      serialNumber: serial(),
      notBefore: new Date(nowMs - BACKDATED),
      notAfter,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: SIGNING,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        // Not critical: programs that expect RSA (libvirt) refuse a critical key usage without key encipherment.
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, false),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        await AuthorityKeyIdentifierExtension.create(issuer, false, crypto),
        new SubjectAlternativeNameExtension(altNames(wish).map(generalName)),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  )
  return { certificate: pem(certificate), key: await keyPem(keys.privateKey), notAfter: notAfter.toISOString() }
}

/**
 * Checks whether a certificate still matches the request and has a third of its lifetime left. False for an unreadable one.
 * Pure.
 */
export function isStillGood(
  certificatePem: string,
  authorityPem: string,
  wish: CertificateWish,
  nowMs: number,
): boolean {
  try {
    const certificate = new X509Certificate(certificatePem)
    const authority = new X509Certificate(authorityPem)
    if (certificate.issuer !== authority.subject) return false
    if (certificate.subjectName.getField('CN')[0] !== wish.commonName) return false
    const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.toJSON() ?? []
    const have = names.map(({ type, value }) => `${type === 'ip' ? 'IP' : 'DNS'}:${value}`).sort()
    if (JSON.stringify(have) !== JSON.stringify([...altNames(wish)].sort())) return false
    const end = certificate.notAfter.getTime()
    const life = Math.min(wish.days * DAY, end - certificate.notBefore.getTime())
    return end - nowMs > life / 3
  } catch {
    return false
  }
}

function altNames({ commonName, altNames: names }: CertificateWish): readonly string[] {
  return names.length > 0 ? names : [`DNS:${commonName}`]
}

function generalName(name: string): GeneralName {
  return (
    name.startsWith('IP:') ? { type: 'ip', value: name.slice(3) } : { type: 'dns', value: name.replace(/^DNS:/, '') }
  ) as GeneralName
}

function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  // A positive number whose first byte is not zero, as RFC 5280 requires.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return Buffer.from(bytes).toString('hex')
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY').trim()}\n`
}
