import type { ProvenMinion } from '../../../master/link/authenticator.ts'
import type { Fingerprint, MinionId } from '../../../protocol/ids.ts'
import { SUPPORTED_VERSIONS } from '../../../protocol/version.ts'

/** `db1`, which has proved itself and speaks the newest version of the wire. */
export function provenMinion(changes: Partial<ProvenMinion> = {}): ProvenMinion {
  const key = new Uint8Array(32)
  const [version = 1] = SUPPORTED_VERSIONS
  return {
    minion: 'db1' as MinionId,
    fingerprint: 'SHA256:db1' as Fingerprint,
    key,
    sealingKey: key,
    version,
    ...changes,
  }
}
