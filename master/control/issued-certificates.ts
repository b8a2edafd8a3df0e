import { isOverdue } from '../certificates/overdue.ts'
import type { ControlContext } from '../context.ts'

/** A certificate that the fleet's authority issued to a minion. */
interface IssuedCertificate {
  readonly minion: string
  readonly name: string
  readonly notAfter: string
  /** An apply should have renewed it. */
  readonly isOverdue: boolean
}

/**
 * Lists the certificates of these minions, the first to expire first. The store keeps those of revoked minions, which nobody renews:
 * give the accepted ones.
 */
export function issuedCertificates(
  { store, now }: Pick<ControlContext, 'store' | 'now'>,
  accepted: readonly { readonly id: string }[],
): readonly IssuedCertificate[] {
  const ids = new Set(accepted.map(({ id }) => id))
  return store.certificates
    .list()
    .filter(({ minion }) => ids.has(minion))
    .map(({ minion, name, notAfter, issuedAt }) => {
      return { minion, name, notAfter, isOverdue: isOverdue({ issuedAt, notAfter }, now()) }
    })
    .sort((a, b) => (a.notAfter < b.notAfter ? -1 : 1))
}
