import type { MinionId, Sha256 } from '../../../protocol/ids.ts'
import type { Blobs } from '../blobs.ts'
import type { Db } from '../database.ts'
import type { Projector } from '../log/projector.ts'
import type { Log } from '../ports.ts'

/** The latest certificate of each name issued to a minion, and its sealed key. */
export const CERTIFICATES: Projector = {
  view: 'certificates',
  apply: ({ db }, { at, event }) => {
    if (event.type !== 'tls-certificate-issued') return
    const upsert = `INSERT INTO certificates (name, minion, certificate, sealed_key, not_after, issued_at)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name, minion) DO UPDATE SET certificate = excluded.certificate,
      sealed_key = excluded.sealed_key, not_after = excluded.not_after, issued_at = excluded.issued_at`
    db.run(upsert, event.name, event.minion, event.certificate, event.sealedKey, event.notAfter, at)
  },
}

/** A certificate that the fleet's authority issued to one minion. Only the master can open the key. */
interface IssuedCertificate {
  readonly name: string
  readonly minion: MinionId
  readonly certificate: string
  readonly sealedKey: string
  readonly notAfter: string
}

/** A certificate without its text and key. */
type ListedCertificate = Pick<IssuedCertificate, 'name' | 'minion' | 'notAfter'> & { readonly issuedAt: string }

export interface Certificates {
  /** Replaces the previous certificate of the same name and minion. */
  save(issued: IssuedCertificate): void
  get(minion: MinionId, name: string): IssuedCertificate | undefined
  /** Lists them by minion and name. */
  list(): readonly ListedCertificate[]
}

interface Row {
  readonly certificate: Sha256
  readonly sealed_key: Sha256
  readonly not_after: string
}

export function createCertificates({ db, log, blobs }: { db: Db; log: Log; blobs: Blobs }): Certificates {
  const put = (text: string): Sha256 => blobs.put(new TextEncoder().encode(text)).sha256
  const text = (sha256: Sha256): string => {
    const bytes = blobs.get(sha256)
    if (bytes === undefined) throw new TypeError(`the body ${sha256} of a certificate is not in the store`)
    return new TextDecoder().decode(bytes)
  }
  return {
    save: ({ name, minion, certificate, sealedKey, notAfter }) =>
      db.atomically(() => {
        const bodies = { certificate: put(certificate), sealedKey: put(sealedKey) }
        log.append({ type: 'tls-certificate-issued', name, minion, ...bodies, notAfter })
      }),
    get: (minion, name) => {
      const row = db.one<Row>('SELECT * FROM certificates WHERE minion = ? AND name = ?', minion, name)
      if (row === undefined) return undefined
      const bodies = { certificate: text(row.certificate), sealedKey: text(row.sealed_key) }
      return { name, minion, ...bodies, notAfter: row.not_after }
    },
    list: () =>
      db.all(
        'SELECT name, minion, not_after AS notAfter, issued_at AS issuedAt FROM certificates ORDER BY minion, name',
      ),
  }
}
