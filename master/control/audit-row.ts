import type { JsonObject } from '../../protocol/json.ts'
import type { MasterEvent } from '../store/log/events.ts'
import type { LogEntry } from '../store/ports.ts'

/** One row of the audit log, as returned by `audit`. */
export interface AuditRow {
  readonly seq: number
  readonly at: string
  readonly operator: string
  /** The verb; for events that do not belong to one verb, their type. */
  readonly verb: string
  /** Type of the event. */
  readonly event: string
  /** What it was about: a target, path, job or token. */
  readonly target?: string
  readonly minions?: readonly string[]
  readonly outcome: 'ordered' | 'done' | 'failed' | 'refused'
  /** Error code of a failure. */
  readonly code?: string
  readonly via?: string
}

/** Limit for the checkpoints in one `audit-verify`, so that they stay below the largest request. */
export const MOST_CHECKPOINTS = 4000

/** Verbs of events that do not name their verb. */
const VERB_OF: { readonly [Type in MasterEvent['type']]?: string } = {
  'key-accepted': 'key-accept',
  'key-rejected': 'key-reject',
  'key-revoked': 'key-revoke',
  'join-token-created': 'token-create',
  'join-token-revoked': 'token-revoke',
  'run-cancel-ordered': 'job-cancel',
  'run-cancelled': 'job-cancel',
  'lease-released': 'allocation-release',
  'address-released': 'address-release',
  'runbook-started': 'runbook-run',
  'runbook-moved': 'runbook-resume',
  'compliance-judged': 'compliance',
  'schedule-fired': 'schedule-run',
  'schedule-paused': 'schedule-pause',
  'schedule-resumed': 'schedule-resume',
}

/** Members that say what an action was about, most specific first. */
const ABOUT = ['target', 'path', 'lease', 'address', 'schedule', 'token', 'job', 'run'] as const

/** Converts a log entry to an action of an operator; undefined when it is not one. Pure. */
export function auditRow({ seq, at, event }: LogEntry, minions: readonly string[]): AuditRow | undefined {
  const facts = event as unknown as JsonObject
  const { operator } = facts
  if (typeof operator !== 'string') return undefined
  const target = ABOUT.map(name => facts[name]).find(value => typeof value === 'string')
  const { code, via } = facts
  return {
    seq,
    at,
    operator,
    verb: verbOf(event, facts),
    event: event.type,
    ...(typeof target === 'string' ? { target } : {}),
    ...(minions.length === 0 ? {} : { minions }),
    outcome: outcomeOf(event, facts),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof via === 'string' ? { via } : {}),
  }
}

function verbOf(event: MasterEvent, { verb }: JsonObject): string {
  if (event.type === 'session-opened') return event.kind
  return typeof verb === 'string' ? verb : (VERB_OF[event.type] ?? event.type)
}

function outcomeOf(event: MasterEvent, { outcome }: JsonObject): AuditRow['outcome'] {
  if (event.type === 'right-denied') return 'refused'
  if (event.type === 'job-ordered') return 'ordered'
  return outcome === 'failed' ? 'failed' : 'done'
}
