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

/** The fleet's authority, made when the first certificate is wanted; its key is sealed in the store. */
export function authorityOf(
  { kv }: Pick<Store, 'kv'>,
  { fleet, atRest, random }: AuthorityDeps,
): () => Promise<Authority> {
  const what = 'key of the fleet authority'
  const load = async (): Promise<Authority> => {
    const stored = kv.get('authority')?.value
    if (typeof stored === 'object' && stored !== null && 'certificate' in stored) {
      const { certificate, key } = stored as { readonly certificate: string; readonly key: string }
      return { certificate, key: openText(key, what, atRest) }
    }
    const made = await createAuthority(fleet, Date.now())
    kv.compareAndSet('authority', 0, {
      certificate: made.certificate,
      key: sealText(made.key, what, atRest, random(12)),
    })
    return made
  }
  let authority: Promise<Authority> | undefined
  return () => (authority ??= load())
}
