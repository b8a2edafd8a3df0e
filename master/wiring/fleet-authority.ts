import type { FleetId } from '../../protocol/ids.ts'
import { openText, sealText } from '../certificates/at-rest.ts'
import { type Authority, createAuthority } from '../certificates/authority.ts'
import type { Store } from '../store/open.ts'

interface AuthorityDeps {
  readonly fleet: FleetId
  /** Seals its key. */
  readonly atRest: Uint8Array
  readonly random: (size: number) => Uint8Array
}

const WHAT = 'key of the fleet authority'

/** What the store holds of the authority: its key is sealed. */
function sealedAuthority(kv: Store['kv']): Authority | undefined {
  const stored = kv.get('authority')?.value
  return typeof stored === 'object' && stored !== null && 'certificate' in stored
    ? (stored as unknown as Authority)
    : undefined
}

/** Whether the store needs the at-rest key, and how to try one: STORE_DAMAGED when it is another. */
export function sealedByKey({ kv }: Pick<Store, 'kv'>): {
  readonly isNeeded: boolean
  readonly open: (key: Uint8Array) => void
} {
  const stored = sealedAuthority(kv)
  return { isNeeded: stored !== undefined, open: key => void (stored && openText(stored.key, WHAT, key)) }
}

/** The fleet's authority, made when the first certificate is wanted; its key is sealed in the store. */
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
