import type { JsonObject } from '../../protocol/json.ts'
import type { SourcePosition } from '../../protocol/source.ts'

export const SCHEDULE_FILE = 'schedule.yml'

/** Verbs that can be scheduled. */
export const SCHEDULED_VERBS = ['apply', 'test', 'compliance'] as const
export type ScheduledVerb = (typeof SCHEDULED_VERBS)[number]

/** What happens when a scheduled run comes due while the one before is still in progress. */
export const OVERLAPS = ['skip', 'queue', 'allow'] as const
export type Overlap = (typeof OVERLAPS)[number]

/**
 * What happens to scheduled runs that came due while the schedule was not checked: none starts, the last one replaces all, or
 * each starts.
 */
export const MISSED = ['skip', 'once', 'all'] as const
export type Missed = (typeof MISSED)[number]

/**
 * Why a scheduled run did not happen: it is older than `within`; missed runs are not caught up; a later one replaces it; the
 * one before is still in progress; too many are waiting already.
 */
export type SkipReason = 'too-late' | 'missed' | 'made-good' | 'overlap' | 'queue-full'

/** When something runs: a cron expression of five fields, in the local time of a zone. */
export interface CronRule {
  readonly cron: string
  readonly timezone: string
}

export interface ScheduleEntry extends CronRule {
  readonly name: string
  readonly verb: ScheduledVerb
  readonly target: string
  /** Maximum start delay; each minion starts at its own offset below it. */
  readonly splayMs: number
  readonly overlap: Overlap
  readonly missed: Missed
  /** A missed scheduled run older than this is never started. */
  readonly withinMs: number
  /** Further input of the verb. */
  readonly options: JsonObject
  readonly recipients: readonly string[]
  readonly enabled: boolean
  readonly position: SourcePosition
}

/** TLS for mail: when the server offers it, required with a verified certificate, or off. */
export const MAIL_TLS = ['offered', 'required', 'off'] as const

/** Where a document can be delivered. Secrets are paths into the pillar, opened when the document is sent. */
export type Recipient =
  | { readonly kind: 'file'; readonly directory: string }
  | {
      readonly kind: 'mail'
      readonly to: readonly string[]
      readonly from: string
      readonly host: string
      readonly port: number
      readonly tls: (typeof MAIL_TLS)[number]
      readonly user?: string
      readonly passwordSecret?: string
    }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret?: string }

/** The highstate that a minion applies by itself while its master is offline. */
export interface Highstate {
  readonly everyMs: number
  readonly splayMs: number
}

/** The content of schedule.yml. */
export interface ScheduleFile {
  readonly entries: readonly ScheduleEntry[]
  readonly recipients: ReadonlyMap<string, Recipient>
  readonly highstate?: Highstate
}
