import type { Problem } from '../../../protocol/errors.ts'
import type { JobId, Sha256 } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { ScheduledVerb, SkipReason } from '../../schedule/entry.ts'

/** Events about scheduled runs, their reports and the delivery of these. */

/** One scheduled run of a schedule: `<schedule>@<time that it is for>`, so that the same one can never be made twice. */
export type ScheduledRunId = `${string}@${string}`

/** What a scheduled run orders, written down before it is done: whoever finds it unfinished needs nothing else. */
export interface ScheduledRunOrder {
  readonly verb: ScheduledVerb
  readonly target: string
  readonly splayMs: number
  /** Not begun any more when it is later than this. */
  readonly withinMs: number
  /** Further input of the verb. */
  readonly options: JsonObject
  /** Names of `deliver` targets. */
  readonly recipients: readonly string[]
}

/** Times are ISO 8601. `next` is the run after this event, as it was computed then. */
export type ScheduleEvent =
  /** Seen for the first time, or with another rule: nothing up to `since` fires any more. */
  | {
      readonly type: 'schedule-set'
      readonly schedule: string
      readonly rule: string
      readonly since: string
      readonly next?: string
      /** What was claimed later than `since` was claimed by a wrong clock, and counts no more. */
      readonly clock?: 'back'
    }
  | { readonly type: 'schedule-removed'; readonly schedule: string }
  /** Claimed, and waits for the one before. */
  | {
      readonly type: 'schedule-queued'
      readonly schedule: string
      readonly firing: ScheduledRunId
      readonly due: string
      readonly order: ScheduledRunOrder
      readonly next?: string
    }
  /** Claimed: from here on it is done once, whatever dies in between. */
  | {
      readonly type: 'schedule-fired'
      readonly schedule: string
      readonly firing: ScheduledRunId
      readonly due: string
      readonly order: ScheduledRunOrder
      readonly next?: string
      /** Who asked for it; absent: its time had come. */
      readonly operator?: string
    }
  | {
      readonly type: 'schedule-skipped'
      readonly schedule: string
      readonly due: string
      /** All from `due` up to this. */
      readonly until?: string
      /** Claimed before, and never begun. */
      readonly firing?: ScheduledRunId
      readonly why: SkipReason
      readonly next?: string
    }
  | { readonly type: 'schedule-paused'; readonly schedule: string; readonly operator: string }
  | { readonly type: 'schedule-resumed'; readonly schedule: string; readonly operator: string; readonly next?: string }
  | {
      readonly type: 'schedule-ended'
      readonly schedule: string
      readonly firing: ScheduledRunId
      readonly outcome: 'done' | 'failed'
      readonly job?: JobId
      readonly problem?: Problem
    }

/** The fleet, or a part of it, was judged; the hash names the blob with the whole report. */
export interface ComplianceEvent {
  readonly type: 'compliance-judged'
  readonly id: string
  readonly target: string
  readonly operator: string
  /** True: from the last test runs, none was ordered. */
  readonly cached: boolean
  readonly score: number
  readonly findings: number
  /** Minions by status, and demands on whole levels. */
  readonly counts: { readonly [what: string]: number }
  readonly report: Sha256
}

/** The way of a document to one recipient. */
export type DeliveryEvent =
  | {
      readonly type: 'delivery-queued'
      readonly delivery: string
      readonly recipient: string
      readonly subject: string
      /** Names the blob that lists the parts of the document, which are blobs too. */
      readonly document: Sha256
      readonly giveUpAt: string
      /** The scheduled run that it comes of. */
      readonly firing?: ScheduledRunId
    }
  | {
      readonly type: 'delivery-tried'
      readonly delivery: string
      readonly recipient: string
      readonly problem: Problem
      readonly nextAt: string
    }
  | { readonly type: 'delivery-done'; readonly delivery: string; readonly recipient: string }
  | {
      readonly type: 'delivery-failed'
      readonly delivery: string
      readonly recipient: string
      readonly problem: Problem
    }
