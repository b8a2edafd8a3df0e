import type { Problem } from '../../../protocol/errors.ts'
import type { Fingerprint, JobId, MinionId, RunId, Sha256 } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { OutcomeCounts, Report } from '../../../protocol/report.ts'
import type { AddressEvent, AllocationEvent, RunbookEvent, SessionEvent } from './fleet-events.ts'
import type { ComplianceEvent, DeliveryEvent, ScheduleEvent } from './schedule-events.ts'

/** Maximum bytes of one event with everything in it; bodies are blobs, referenced by hash (docs/design.md F14). */
export const EVENT_BYTES = 4096

export type JobVerb = 'apply' | 'test' | 'orphans-remove' | 'orphans-forget'
/** Origin of a job: an operator, or the minion itself (its boot, a local apply). */
export type JobOrigin = Report['origin']

type KeyEvent =
  | {
      readonly type: 'key-pending'
      readonly minion: MinionId
      readonly fingerprint: Fingerprint
      /** Raw keys, base64. */
      readonly key: string
      readonly sealingKey: string
      readonly address?: string
      /** The id is taken: this other key is accepted for it. */
      readonly acceptedKey?: Fingerprint
    }
  | {
      readonly type: 'key-accepted'
      readonly minion: MinionId
      readonly fingerprint: Fingerprint
      /** Absent when a join token accepted it. */
      readonly operator?: string
      readonly token?: string
      /** Bound when the key was accepted. */
      readonly roles?: readonly string[]
      readonly level?: string
      /** The id or pattern that the join token was for. */
      readonly joinedAs?: string
    }
  | {
      readonly type: 'key-rejected' | 'key-revoked'
      readonly minion: MinionId
      readonly fingerprint: Fingerprint
      readonly operator: string
    }
  /** A pending key was removed: no decision came in time, or another network needed its place. */
  | {
      readonly type: 'key-expired'
      readonly minion: MinionId
      readonly fingerprint: Fingerprint
      readonly why: 'too-old' | 'displaced'
    }
  | {
      readonly type: 'sealing-key-changed'
      readonly minion: MinionId
      readonly fingerprint: Fingerprint
      readonly sealingKey: string
    }
  | {
      readonly type: 'join-token-created'
      readonly token: string
      /** Raw Ed25519 key, base64; the secret half is never stored. */
      readonly publicKey: string
      readonly roles: readonly string[]
      readonly level?: string
      /** The only id that may use it, or a pattern of ids. */
      readonly minion?: string
      readonly uses: number
      readonly expiresAt: string
      readonly operator: string
    }
  /** Removed long after it expired or was used up; its history stays in the log. */
  | { readonly type: 'join-token-removed'; readonly token: string }
  | { readonly type: 'join-token-revoked'; readonly token: string; readonly operator: string }
  | {
      readonly type: 'join-token-used'
      readonly token: string
      readonly minion: MinionId
      readonly fingerprint: Fingerprint
    }
  | {
      readonly type: 'clone-alarm'
      readonly minion: MinionId
      readonly fingerprint: Fingerprint
      /** The counter of the proof, and the highest one seen before. */
      readonly counter: number
      readonly lastCounter: number
      /** Where the refused proof came from. */
      readonly address?: string
    }

type MinionEvent =
  | {
      readonly type: 'minion-connected'
      readonly minion: MinionId
      readonly fingerprint: Fingerprint
      readonly bootId: string
      readonly highestSequence: number
      /** Generation of its newest catalog. */
      readonly generation?: number
      readonly address?: string
    }
  | { readonly type: 'minion-disconnected'; readonly minion: MinionId }
  /** An order was refused as expired only because of the minion's estimate of the master's clock; the connection is renewed. */
  | {
      readonly type: 'minion-clock-differed'
      readonly minion: MinionId
      readonly run: RunId
      readonly problem: Problem
    }
  /** The hash references a blob with the JSON of the grains. */
  | { readonly type: 'grains-changed'; readonly minion: MinionId; readonly grains: Sha256 }
  /** The hash references a blob with a JSON map from `role/name` to value. */
  | { readonly type: 'exports-changed'; readonly minion: MinionId; readonly exports: Sha256 }
  /** Both hashes reference blobs: the PEM text, and the private key as sealed text. */
  | {
      readonly type: 'tls-certificate-issued'
      readonly name: string
      readonly minion: MinionId
      readonly certificate: Sha256
      readonly sealedKey: Sha256
      readonly notAfter: string
    }

type RunEvent =
  /** The minion's reports of runs without an order have reached the quota of this day (UTC); it keeps further ones. */
  | { readonly type: 'report-quota-reached'; readonly minion: MinionId; readonly day: string }
  | {
      readonly type: 'job-ordered'
      readonly job: JobId
      readonly verb: JobVerb
      readonly origin: JobOrigin
      readonly target: string
      readonly operator: string
      /** Content hash of the fleet directory, its git revision, and whether that had uncommitted changes. */
      readonly revision?: Sha256
      readonly git?: string
      readonly dirty?: boolean
      readonly options: JsonObject
      readonly expiresAt: string
    }
  | {
      readonly type: 'run-queued'
      readonly run: RunId
      readonly job: JobId
      readonly minion: MinionId
      readonly catalog: Sha256
      readonly box?: Sha256
      readonly generation: number
      /** Delivered when all runs of the job with a lower wave are final. */
      readonly wave: number
      /** Kernel boot for which it is the highstate. */
      readonly bootId?: string
      /** Not delivered before this time. */
      readonly notBefore?: string
    }
  | {
      readonly type: 'run-sent' | 'run-cancel-sent'
      readonly run: RunId
      readonly minion: MinionId
      readonly sequence: number
    }
  | { readonly type: 'run-accepted'; readonly run: RunId }
  | { readonly type: 'run-running'; readonly run: RunId; readonly states: number }
  /** Refused by the minion, or lost: the minion no longer knows it. */
  | { readonly type: 'run-refused' | 'run-lost'; readonly run: RunId; readonly problem: Problem }
  /** An operator cancelled it; it is over when the minion reports that. */
  | { readonly type: 'run-cancel-ordered'; readonly run: RunId; readonly operator: string }
  | { readonly type: 'run-cancelled'; readonly run: RunId; readonly operator: string }
  | { readonly type: 'run-expired'; readonly run: RunId; readonly problem?: Problem }
  /** Superseded by newer content before its minion started it. `by` is absent when this master does not know the newer job. */
  | { readonly type: 'run-superseded'; readonly run: RunId; readonly by?: JobId; readonly problem: Problem }
  | {
      readonly type: 'report-stored'
      readonly run: RunId
      readonly minion: MinionId
      /** References the blob with the report's bytes, which the minion signed. */
      readonly report: Sha256
      /** base64 */
      readonly signature: string
      readonly state: Report['state']
      readonly counts: OutcomeCounts
      /** Number of orphans; absent in events of version 0.1, and when the run was killed. */
      readonly orphans?: number
      /** Short reason why the run as a whole failed. */
      readonly problem?: Problem
    }

/** What operators did or tried to do, where no other event records it. */
type OperatorEvent =
  | {
      readonly type: 'right-denied'
      readonly operator: string
      readonly verb: string
      readonly via: string
      /** Absent: the right to the verb as a whole is missing. */
      readonly minions?: readonly string[]
      /** Number of further minions. */
      readonly more?: number
    }
  | {
      readonly type: 'operator-acted'
      readonly operator: string
      readonly verb: string
      readonly via: string
      /** Target of the action: a path, a job; never a value. */
      readonly target: string
      readonly outcome: 'done' | 'failed'
      readonly code?: Problem['code']
    }
/** Everything that a master records. Adding a type is fine; a released type keeps its shape. */
export type MasterEvent =
  | { readonly type: 'master-started'; readonly version: string; readonly pid: number }
  /** Positive: set forward; negative: set back. */
  | { readonly type: 'master-clock-changed'; readonly byMs: number }
  /** Events after `madeAt` and before this one are missing from the log. */
  | { readonly type: 'master-restored'; readonly madeAt: string; readonly operator: string }
  | KeyEvent
  | MinionEvent
  | RunEvent
  | ComplianceEvent
  | AllocationEvent
  | AddressEvent
  | RunbookEvent
  | ScheduleEvent
  | DeliveryEvent
  | OperatorEvent
  | SessionEvent

/** The event of one type. */
export type EventOf<Type extends MasterEvent['type']> = Extract<MasterEvent, { readonly type: Type }>

/** Shortens a problem to fit into an event: cuts long texts and drops locations after the first. Pure. */
export function shortProblem({ code, message, hint, source }: Problem): Problem {
  return {
    code,
    message: cutText(message, 1200),
    ...(hint === undefined ? {} : { hint: cutText(hint, 400) }),
    ...(source === undefined ? {} : { source: { ...source, file: cutText(source.file, 300) } }),
  }
}

/** Cuts a text to a number of bytes, counted as in JSON, where quotes and control characters take more space. Pure. */
export function cutText(text: string, bytes: number): string {
  let kept = ''
  let size = 0
  for (const character of text) {
    size += Buffer.byteLength(JSON.stringify(character)) - 2
    if (size > bytes) return `${kept}…`
    kept += character
  }
  return kept
}
