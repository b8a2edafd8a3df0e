import { z } from 'zod'
import type { AddressRow, ReleaseResult } from './answers/address-answers.ts'
import type { AllocationRow } from './answers/allocation-answers.ts'
import type {
  AcceptResult,
  ApplyEvent,
  ApplyResult,
  CancelResult,
  EventLine,
  JobDetail,
  JobRow,
  KeyRow,
  LintResult,
  MinionRow,
  PillarPlace,
  PingAnswer,
  RenderResult,
  ReportResult,
  RoleRow,
  StatusResult,
  TokenCreated,
  TokenRow,
} from './answers/answers.ts'
import type { AuditRow, AuditVerification } from './answers/audit-answers.ts'
import { MOST_ANCHORS } from './answers/audit-answers.ts'
import type { ComplianceHistory, ComplianceResult } from './answers/compliance-answers.ts'
import type { ContractResult } from './answers/contract-answers.ts'
import type { NamesResult, OverviewResult } from './answers/overview-answers.ts'
import type { RunbookEventLine, RunbookListResult, RunbookPlan, RunbookResult } from './answers/runbook-answers.ts'
import type { NextRun, ScheduleListResult, SchedulePauseResult, ScheduleRunResult } from './answers/schedule-answers.ts'
import type { RecordingPage, SessionLine } from './answers/session-answers.ts'

/** What each verb takes: the gate of the API. Unknown members are refused. */
const target = z.string().min(1).max(1000)
const name = z.string().min(1).max(200)
const milliseconds = z
  .number()
  .int()
  .min(0)
  .max(30 * 24 * 3_600_000)

/** What somebody waits for: a timer of more than 2^31 ms, a little above, would end at once. */
const patience = milliseconds.max(24 * 24 * 3_600_000)

const checkpoint = z.strictObject({
  seq: z.number().int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.string().max(40),
  signature: z.string().max(100),
})

const ORDER = z.strictObject({
  target,
  waitMs: patience.default(0),
  splayMs: milliseconds.default(0),
  /** One minion that cannot be compiled or sealed stops the job. */
  strict: z.boolean().default(false),
})

export const INPUTS = {
  ping: z.strictObject({ target }),
  apply: ORDER,
  test: ORDER,
  minions: z.strictObject({ target: target.optional() }),
  status: z.strictObject({}),
  overview: z.strictObject({}),
  names: z.strictObject({}),
  'ssh-config': z.strictObject({ target: target.optional() }),
  jobs: z.strictObject({ limit: z.number().int().min(1).max(1000).default(20) }),
  job: z.strictObject({ job: name }),
  'job-cancel': z.strictObject({ job: name }),
  report: z.strictObject({ of: name.optional() }),
  events: z.strictObject({
    follow: z.boolean().default(false),
    after: z.number().int().min(0).optional(),
    limit: z.number().int().min(1).max(10_000).default(100),
  }),
  keys: z.strictObject({}),
  'key-accept': z.strictObject({
    id: name,
    fingerprint: name.optional(),
    roles: z.array(name).optional(),
    level: name.optional(),
    /** Only tells what would follow. */
    preview: z.boolean().optional(),
  }),
  'key-reject': z.strictObject({ id: name, fingerprint: name.optional() }),
  'key-reject-pending': z.strictObject({}),
  'key-revoke': z.strictObject({ id: name, fingerprint: name.optional() }),
  'token-create': z.strictObject({
    roles: z.array(name).default([]),
    level: name.optional(),
    minion: name.default('*'),
    uses: z.number().int().min(1).max(1000).default(1),
    ttlMs: milliseconds.default(3_600_000),
  }),
  tokens: z.strictObject({}),
  'token-revoke': z.strictObject({ token: name }),
  'pillar-set': z.strictObject({
    path: name,
    value: z.string().min(1).max(1_000_000),
    file: name.optional(),
    /** Also a secret that is too short to be hidden everywhere. */
    short: z.boolean().default(false),
  }),
  'pillar-get': z.strictObject({ path: name, minion: name.optional() }),
  lint: z.strictObject({ short: z.boolean().default(false) }),
  render: z.strictObject({ minion: name, file: z.string().min(1).optional() }),
  roles: z.strictObject({}),
  audit: z.strictObject({
    operator: name.optional(),
    verb: name.optional(),
    minion: name.optional(),
    since: z.iso.datetime().optional(),
    until: z.iso.datetime().optional(),
    limit: z.number().int().min(1).max(10_000).default(50),
  }),
  'audit-verify': z.strictObject({ anchors: z.array(checkpoint).max(MOST_ANCHORS).default([]) }),
  sessions: z.strictObject({
    operator: name.optional(),
    minion: name.optional(),
    limit: z.number().int().min(1).max(1000).default(20),
  }),
  session: z.strictObject({ session: name }),
  'session-play': z.strictObject({ session: name, from: z.number().int().min(0).default(0) }),
  'schedule-list': z.strictObject({}),
  'schedule-next': z.strictObject({ schedule: name.optional(), count: z.number().int().min(1).max(1000).default(5) }),
  'schedule-run': z.strictObject({ schedule: name }),
  'schedule-pause': z.strictObject({ schedule: name }),
  'schedule-resume': z.strictObject({ schedule: name }),
  'runbook-list': z.strictObject({}),
  'runbook-show': z.strictObject({ id: name }),
  'runbook-plan': z.strictObject({ runbook: name, params: z.record(name, z.string().max(1000)).default({}) }),
  'runbook-run': z.strictObject({
    runbook: name,
    params: z.record(name, z.string().max(1000)).default({}),
    /** Its questions are answered with yes. */
    yes: z.boolean().default(false),
  }),
  'runbook-resume': z.strictObject({ id: name, yes: z.boolean().default(false) }),
  'runbook-abort': z.strictObject({ id: name }),
  'allocation-list': z.strictObject({}),
  'allocation-release': z.strictObject({ allocation: name, minion: name }),
  'address-list': z.strictObject({}),
  'address-release': z.strictObject({ of: name }),
  contract: z.strictObject({ role: name.optional() }),
  compliance: z.strictObject({
    target: target.default('*'),
    cached: z.boolean().default(false),
    /** The longest that all test runs together are waited for. */
    patienceMs: patience.min(1000).default(600_000),
    recipients: z.array(name).max(20).default([]),
  }),
  'compliance-history': z.strictObject({
    limit: z.number().int().min(1).max(1000).default(30),
    target: target.optional(),
  }),
  'compliance-show': z.strictObject({ report: name.optional() }),
} as const

export type VerbName = keyof typeof INPUTS

/** What each verb gives: lines while it works, and its answer. */
export interface Verbs {
  ping: { event: PingAnswer; result: { readonly answers: readonly PingAnswer[] } }
  apply: { event: ApplyEvent; result: ApplyResult }
  test: { event: ApplyEvent; result: ApplyResult }
  minions: { event: never; result: { readonly minions: readonly MinionRow[] } }
  status: { event: never; result: StatusResult }
  overview: { event: never; result: OverviewResult }
  names: { event: never; result: NamesResult }
  'ssh-config': { event: never; result: { readonly fleet: string; readonly minions: readonly string[] } }
  jobs: { event: never; result: { readonly jobs: readonly JobRow[] } }
  job: { event: never; result: JobDetail }
  'job-cancel': { event: never; result: CancelResult }
  report: { event: never; result: ReportResult }
  events: { event: EventLine; result: { readonly lastSeq: number } }
  keys: { event: never; result: { readonly keys: readonly KeyRow[] } }
  'key-accept': { event: never; result: AcceptResult }
  'key-reject': { event: never; result: KeyRow }
  'key-reject-pending': { event: never; result: { readonly rejected: number } }
  'key-revoke': { event: never; result: KeyRow }
  'token-create': { event: never; result: TokenCreated }
  tokens: { event: never; result: { readonly tokens: readonly TokenRow[] } }
  'token-revoke': { event: never; result: TokenRow }
  'pillar-set': { event: never; result: PillarPlace }
  'pillar-get': { event: never; result: { readonly path: string; readonly value: string } }
  lint: { event: never; result: LintResult }
  render: { event: never; result: RenderResult }
  roles: { event: never; result: { readonly roles: readonly RoleRow[] } }
  audit: { event: never; result: { readonly acts: readonly AuditRow[] } }
  'audit-verify': { event: never; result: AuditVerification }
  sessions: { event: never; result: { readonly sessions: readonly SessionLine[] } }
  session: { event: never; result: SessionLine }
  'session-play': { event: never; result: RecordingPage }
  'schedule-list': { event: never; result: ScheduleListResult }
  'schedule-next': { event: never; result: { readonly runs: readonly NextRun[] } }
  'schedule-run': { event: never; result: ScheduleRunResult }
  'schedule-pause': { event: never; result: SchedulePauseResult }
  'schedule-resume': { event: never; result: SchedulePauseResult }
  'runbook-list': { event: never; result: RunbookListResult }
  'runbook-show': { event: never; result: RunbookResult }
  'runbook-plan': { event: never; result: RunbookPlan }
  'runbook-run': { event: RunbookEventLine; result: RunbookResult }
  'runbook-resume': { event: RunbookEventLine; result: RunbookResult }
  'runbook-abort': { event: RunbookEventLine; result: RunbookResult }
  'allocation-list': { event: never; result: { readonly allocations: readonly AllocationRow[] } }
  'allocation-release': { event: never; result: AllocationRow }
  'address-list': { event: never; result: { readonly addresses: readonly AddressRow[] } }
  'address-release': { event: never; result: ReleaseResult }
  contract: { event: never; result: ContractResult }
  compliance: { event: ApplyEvent; result: ComplianceResult }
  'compliance-history': { event: never; result: ComplianceHistory }
  'compliance-show': { event: never; result: ComplianceResult }
}

/** As an operator gives it: defaults may be left out. */
export type InputOf<Verb extends VerbName> = z.input<(typeof INPUTS)[Verb]>
/** As a verb gets it. */
export type CheckedInput<Verb extends VerbName> = z.output<(typeof INPUTS)[Verb]>
export type EventOfVerb<Verb extends VerbName> = Verbs[Verb]['event']
export type ResultOf<Verb extends VerbName> = Verbs[Verb]['result']

/** Verbs that answer with lines (NDJSON) while they work. */
export const STREAMING: ReadonlySet<VerbName> = new Set<VerbName>([
  'ping',
  'apply',
  'test',
  'events',
  'compliance',
  'runbook-run',
  'runbook-resume',
  'runbook-abort',
])

export function isVerbName(text: string): text is VerbName {
  return Object.hasOwn(INPUTS, text)
}
