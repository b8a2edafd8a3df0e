import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openText, sealText } from '../../../master/certificates/at-rest.ts'
import {
  type Authority,
  createAuthority,
  type HostCertificate,
  isStillGood,
  issueCertificate,
} from '../../../master/certificates/authority.ts'

const NOW = Date.now()
const DAY = 86_400_000
const WISH = { commonName: 'db1', altNames: ['IP:10.0.0.1', 'DNS:db1'], days: 90 }

describe('the fleet authority', () => {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-ca-'))
  let authority: Authority
  let host: HostCertificate

  beforeAll(async () => {
    authority = await createAuthority('fleet-1', NOW)
    host = await issueCertificate(authority, WISH, NOW)
    writeFileSync(join(directory, 'ca.pem'), authority.certificate)
    writeFileSync(join(directory, 'host.pem'), host.certificate)
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('the fleet authority issues certificates that openssl accepts with -x509_strict', () => {
    const argv = ['verify', '-x509_strict', '-CAfile', join(directory, 'ca.pem'), join(directory, 'host.pem')]

    expect(execFileSync('openssl', argv, { encoding: 'utf8' })).toContain('OK')
  })

  it('a host certificate has the requested names and cannot sign other certificates', () => {
    const certificate = new X509Certificate(host.certificate)

    expect(certificate.subjectAltName).toBe('IP Address:10.0.0.1, DNS:db1')
    expect(certificate.ca).toBe(false)
  })

  it('a host certificate is reissued when a third of its lifetime is left, its names differ, or the authority changed', async () => {
    const other = await createAuthority('fleet-2', NOW)
    const good = (wish: typeof WISH, at: number, by: Authority = authority): boolean => {
      return isStillGood(host.certificate, by.certificate, wish, at)
    }

    expect(good(WISH, NOW)).toBe(true)
    expect(good(WISH, NOW + 59 * DAY)).toBe(true)
    expect(good(WISH, NOW + 61 * DAY)).toBe(false)
    expect(good({ ...WISH, altNames: ['IP:10.0.0.2'] }, NOW)).toBe(false)
    expect(good({ ...WISH, commonName: 'db2' }, NOW)).toBe(false)
    expect(good(WISH, NOW, other)).toBe(false)
    expect(isStillGood('no certificate', authority.certificate, WISH, NOW)).toBe(false)
  })
})

describe('text at rest', () => {
  const key = new Uint8Array(32).fill(7)
  const sealed = sealText('secret text', 'host key db1', key, new Uint8Array(12).fill(1))

  it('sealed text opens with its key for its purpose', () => {
    expect(openText(sealed, 'host key db1', key)).toBe('secret text')
    expect(sealed).not.toContain('secret')
  })

  it('sealed text does not open for another purpose, with another key or with an edited byte', () => {
    expect(() => openText(sealed, 'host key db2', key)).toThrow('cannot be decrypted')
    expect(() => openText(sealed, 'host key db1', new Uint8Array(32))).toThrow('cannot be decrypted')
    expect(() => openText(`B${sealed.slice(1)}`, 'host key db1', key)).toThrow('cannot be decrypted')
    expect(() => openText('AA==', 'host key db1', key)).toThrow('cannot be decrypted')
  })
})
