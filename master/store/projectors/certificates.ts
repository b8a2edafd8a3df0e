import type { Projector } from './projector.ts'

/** The last certificate of each name that was issued to a minion, and its sealed key. */
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
