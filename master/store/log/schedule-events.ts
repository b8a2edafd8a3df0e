import type { Problem } from '../../../protocol/errors.ts'
import type { JobId, Sha256 } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { ScheduledVerb, SkipReason } from '../../schedule/entry.ts'

/** Events about scheduled runs, their reports and the delivery of those. */

/** Id of one scheduled run: `<schedule>@<time that it is for>`, so the same one can never be created twice. */
export type ScheduledRunId = `${string}@${string}`

/** What a scheduled run orders, recorded before it starts: a master that finds it unfinished needs nothing else. */
export interface ScheduledRunOrder {
  readonly verb: ScheduledVerb
  readonly target: string
  readonly splayMs: number
  /** Not started any more when it is later than this. */
  readonly withinMs: number
  /** Further input of the verb. */
  readonly options: JsonObject
  /** Names of `deliver` targets. */
  readonly recipients: readonly string[]
}

/** Times are ISO 8601. `next` is the run after this event, as computed at the time. */
export type ScheduleEvent =
  /** The entry is new or its rule changed: no run up to `since` fires any more. */
  | {
      readonly type: 'schedule-set'
      readonly schedule: string
      readonly rule: string
      readonly since: string
      readonly next?: string
      /** Set when a wrong clock claimed times later than `since`; those claims no longer count. */
      readonly clock?: 'back'
    }
  | { readonly type: 'schedule-removed'; readonly schedule: string }
  /** Claimed, and waiting for the one before. */
  | {
      readonly type: 'schedule-queued'
      readonly schedule: string
      readonly firing: ScheduledRunId
      readonly due: string
      readonly order: ScheduledRunOrder
      readonly next?: string
    }
  /** Claimed: from now on it runs once, even after a crash. */
  | {
      readonly type: 'schedule-fired'
      readonly schedule: string
      readonly firing: ScheduledRunId
      readonly due: string
      readonly order: ScheduledRunOrder
      readonly next?: string
      /** The operator who requested it; absent: it was due. */
      readonly operator?: string
    }
  | {
      readonly type: 'schedule-skipped'
      readonly schedule: string
      readonly due: string
      /** All runs from `due` up to this one. */
      readonly until?: string
      /** Claimed before, but never started. */
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

/** A compliance check of the fleet or a part of it; the hash references the blob with the whole report. */
export interface ComplianceEvent {
  readonly type: 'compliance-judged'
  readonly id: string
  readonly target: string
  readonly operator: string
  /** True: based on the last test runs; no new ones were ordered. */
  readonly cached: boolean
  readonly score: number
  readonly findings: number
  /** Number of minions by status, and of demands on whole levels. */
  readonly counts: { readonly [what: string]: number }
  readonly report: Sha256
}

/** The delivery of a document to one recipient. */
export type DeliveryEvent =
  | {
      readonly type: 'delivery-queued'
      readonly delivery: string
      readonly recipient: string
      readonly subject: string
      /** References the blob that lists the parts of the document, which are blobs too. */
      readonly document: Sha256
      readonly giveUpAt: string
      /** The scheduled run that it belongs to. */
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
