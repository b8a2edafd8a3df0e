import type { FleetId } from '../../protocol/ids.ts'
import { openText, sealText } from '../certificates/at-rest.ts'
import { type Authority, createAuthority } from '../certificates/authority.ts'
import type { Store } from '../store/open.ts'

interface AuthorityDeps {
  readonly fleet: FleetId
  /** Seals the key of the authority. */
  readonly atRest: Uint8Array
  readonly random: (size: number) => Uint8Array
}

const WHAT = 'key of the fleet authority'

/** Returns the authority as stored: its key is sealed. */
function sealedAuthority(kv: Store['kv']): Authority | undefined {
  const stored = kv.get('authority')?.value
  return typeof stored === 'object' && stored !== null && 'certificate' in stored
    ? (stored as unknown as Authority)
    : undefined
}

/** Tells whether the store needs the at-rest key, and how to try one: throws STORE_DAMAGED for another key. */
export function sealedByKey({ kv }: Pick<Store, 'kv'>): {
  readonly isNeeded: boolean
  readonly open: (key: Uint8Array) => void
} {
  const stored = sealedAuthority(kv)
  return { isNeeded: stored !== undefined, open: key => void (stored && openText(stored.key, WHAT, key)) }
}

/**
 * Returns a function that loads the fleet's authority, which is created when the first certificate is needed; its key is sealed
 * in the store.
 */
export function authorityOf(
  { kv }: Pick<Store, 'kv'>,
  { fleet, atRest, random }: AuthorityDeps,
): () => Promise<Authority> {
  const load = async (): Promise<Authority> => {
    const stored = sealedAuthority(kv)
    if (stored !== undefined) return { certificate: stored.certificate, key: openText(stored.key, WHAT, atRest) }
    const made = await createAuthority(fleet, Date.now())
    kv.compareAndSet('authority', 0, {
      certificate: made.certificate,
      key: sealText(made.key, WHAT, atRest, random(12)),
    })
    return made
  }
  let authority: Promise<Authority> | undefined
  return () => (authority ??= load())
}
