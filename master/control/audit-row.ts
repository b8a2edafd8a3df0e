import type { JsonObject } from '../../protocol/json.ts'
import type { MasterEvent } from '../store/log/events.ts'
import type { LogEntry } from '../store/ports.ts'

/** Who did what when; the shapes that `audit` answers with. */
export interface AuditRow {
  readonly seq: number
  readonly at: string
  readonly operator: string
  /** The verb that he used; for events that come of no verb alone, their type. */
  readonly verb: string
  /** Type of the event that tells it. */
  readonly event: string
  /** Target words, a path, a job, a token: what it was about. */
  readonly target?: string
  readonly minions?: readonly string[]
  readonly outcome: 'ordered' | 'done' | 'failed' | 'refused'
  /** Why it failed. */
  readonly code?: string
  readonly via?: string
}

/** Checkpoints that one `audit-verify` takes: together they stay below the largest request. */
export const MOST_CHECKPOINTS = 4000

/** Verbs of the events that do not name theirs. */
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

/** Members that say what an act was about, the most telling first. */
const ABOUT = ['target', 'path', 'lease', 'address', 'schedule', 'token', 'job', 'run'] as const

/** An entry as an act of an operator; undefined when it is none. Pure. */
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
