import type { JsonObject } from '../../protocol/json.ts'
import type { SourcePosition } from '../../protocol/source.ts'

export const SCHEDULE_FILE = 'schedule.yml'

/** Verbs that can be scheduled. */
export const SCHEDULED_VERBS = ['apply', 'test', 'compliance'] as const
export type ScheduledVerb = (typeof SCHEDULED_VERBS)[number]

/** What happens when a scheduled run comes due while the one before still works. */
export const OVERLAPS = ['skip', 'queue', 'allow'] as const
export type Overlap = (typeof OVERLAPS)[number]

/** What happens to scheduled runs that came due while nobody looked: none, the last one for all, each. */
export const MISSED = ['skip', 'once', 'all'] as const
export type Missed = (typeof MISSED)[number]

/**
 * Why a scheduled run did not happen: it is older than `within`; missed ones are not caught up; a later one makes it good; the
 * one before still works; too many wait already.
 */
export type SkipReason = 'too-late' | 'missed' | 'made-good' | 'overlap' | 'queue-full'

/** When something runs: a cron expression of five fields, read as local time of a zone. */
export interface CronRule {
  readonly cron: string
  readonly timezone: string
}

export interface ScheduleEntry extends CronRule {
  readonly name: string
  readonly verb: ScheduledVerb
  readonly target: string
  /** Each minion begins at an offset of its own below this. */
  readonly splayMs: number
  readonly overlap: Overlap
  readonly missed: Missed
  /** A missed scheduled run older than this is never caught up. */
  readonly withinMs: number
  /** Further input of the verb. */
  readonly options: JsonObject
  readonly recipients: readonly string[]
  readonly enabled: boolean
  readonly position: SourcePosition
}

/** How mail is protected on its way: by TLS when the server offers it, never without a checked certificate, or not. */
export const MAIL_TLS = ['offered', 'required', 'off'] as const

/** Where a document can be brought to. Secrets are paths into the pillar, opened when it is sent. */
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

/** What schedule.yml says. */
export interface ScheduleFile {
  readonly entries: readonly ScheduleEntry[]
  readonly recipients: ReadonlyMap<string, Recipient>
  readonly highstate?: Highstate
}
