import type { KeyObject } from 'node:crypto'
import { signFor, verifyFor } from '../../protocol/signature.ts'
import type { Anchor, Checkpoint, Checkpoints, Log } from '../store/ports.ts'

const EVERY_ENTRIES = 1000

/** Fields that a checkpoint's signature covers. */
function fields(fleet: string, { seq, hash, at }: Anchor): readonly string[] {
  return [fleet, String(seq), hash, at]
}

export function signCheckpoint(fleet: string, key: KeyObject, anchor: Anchor): Checkpoint {
  const signature = signFor('checkpoint', key, fields(fleet, anchor))
  return { ...anchor, signature: Buffer.from(signature).toString('base64') }
}

/** Verifies that this master signed the checkpoint. */
export function isSigned(fleet: string, rawKey: Uint8Array, { signature, ...anchor }: Checkpoint): boolean {
  return verifyFor('checkpoint', rawKey, fields(fleet, anchor), Buffer.from(signature, 'base64'))
}

interface CheckpointerDeps {
  readonly log: Pick<Log, 'head'>
  readonly checkpoints: Checkpoints
  readonly fleet: string
  readonly key: KeyObject
  /** Milliseconds since 1970. */
  readonly now: () => number
  /**
   * Writes a checkpoint to the daemon's own log, and so to the journal, where an attacker who changes the store cannot remove
   * it.
   */
  readonly tell: (checkpoint: Checkpoint) => void
}

export interface Checkpointer {
  /** Signs the head of the log when it has grown by 1000 entries. */
  look(): void
  /** Signs the head of the log when it has grown at all. */
  sign(): void
}

export function createCheckpointer({ log, checkpoints, fleet, key, now, tell }: CheckpointerDeps): Checkpointer {
  let last = checkpoints.last()
  const sign = (least: number): void => {
    const head = log.head()
    if (head === undefined || head.seq - (last?.seq ?? 0) < least) return
    const checkpoint = signCheckpoint(fleet, key, { ...head, at: new Date(now()).toISOString() })
    checkpoints.add(checkpoint)
    last = checkpoint
    tell(checkpoint)
  }
  return {
    look: () => sign(EVERY_ENTRIES),
    sign: () => sign(1),
  }
}
