import { z } from 'zod'
import type { ContractFinding } from '../../protocol/contract.ts'
import { AppError } from '../../protocol/errors.ts'
import { type JobId, sortableId } from '../../protocol/ids.ts'
import { canonicalJson } from '../../protocol/json.ts'
import type { Caller } from '../access/caller.ts'
import { problemHider } from '../access/hide-minions.ts'
import { type Picked, pickMinions, visibilityOf, visibleTo } from '../access/pick.ts'
import { rightDenied } from '../access/right-denied.ts'
import { documentOf, trendPicture } from '../compliance/document.ts'
import type { ComplianceFacts } from '../compliance/facts.ts'
import { judge } from '../compliance/judge.ts'
import type { ComplianceReport } from '../compliance/report.ts'
import { fromStored, type StoredReport } from '../compliance/stored-report.ts'
import type { ControlContext } from '../context.ts'
import { storeLargeFiles } from '../control/compile-minions.ts'
import {
  type CompiledFleet,
  compileEach,
  complianceBefore,
  lastTest,
  minionFacts,
} from '../control/compliance-facts.ts'
import { judgeFleet, shownTo } from '../control/contracts.ts'
import type { FleetSnapshot } from '../control/snapshot.ts'
import { JobWatch, OFFLINE_PATIENCE_MS } from '../jobs/job-watch.ts'
import { orderJob, prepareRuns } from '../jobs/order.ts'
import type { ApplyEvent } from '../jobs/results.ts'
import { drawPng } from '../pictures/draw-png.ts'
import { deliver } from '../scheduler/deliver.ts'
import type { Judgement } from '../store/tables/compliance.ts'
import type { Run } from '../store/tables/run-row.ts'
import { targetLabel } from '../target/label.ts'
import { defineVerb, lines } from './define.ts'
import { name, patience, target } from './fields.ts'

/** The result of `compliance` and `compliance-show`. */
export interface ComplianceResult {
  readonly report: ComplianceReport
  /** Ids of the queued deliveries. */
  readonly deliveries: readonly string[]
}

export interface ComplianceRow {
  readonly id: string
  readonly at: string
  readonly target: string
  readonly operator: string
  readonly cached: boolean
  readonly score: number
  /** Equal findings of several minions count once. */
  readonly findings: number
  /** Number of minions by status; `contracts` and `broken` count the demands on whole levels. */
  readonly counts: { readonly [what: string]: number }
}

export interface ComplianceHistory {
  /** Newest first. */
  readonly reports: readonly ComplianceRow[]
}

/** Tests everything in the target, or uses the last test runs; judges the results and stores them. */
export const complianceVerb = defineVerb({
  name: 'compliance',
  input: z.strictObject({
    target: target.default('*'),
    cached: z.boolean().default(false),
    /** Maximum time to wait for all test runs together. */
    patienceMs: patience.min(1000).default(600_000),
    recipients: z.array(name).max(20).default([]),
  }),
  // The verb orders test runs and may deliver the report.
  right: { on: 'minions', kind: 'write' },
  streams: lines<ApplyEvent>(),
  async run(context, { target, cached, patienceMs, recipients }, { emit, signal, caller }): Promise<ComplianceResult> {
    const { store, now, random } = context
    const label = targetLabel(target)
    const picked = await pickMinions(context, caller, 'compliance', target)
    const { snapshot, minions } = picked
    const whole = hideIn(await compileEach(context, snapshot, minions, !cached), caller, snapshot)
    const wish = { picked, fleet: whole, target, patienceMs, caller }
    const { job, fleet } = cached ? { job: undefined, fleet: whole } : await testAll(context, wish, emit, signal)
    const runs = new Map((job === undefined ? [] : store.runs.ofJob(job)).map(run => [run.minion, run]))
    const runOf = (id: Run['minion']): Run | undefined => (cached ? lastTest(context, id) : runs.get(id))
    const { id: fleetId, name, revision } = snapshot.fleet
    const git = await snapshot.git()
    const facts: ComplianceFacts = {
      id: `compliance-${sortableId(now(), random)}`,
      at: new Date(now()).toISOString(),
      target: label,
      operator: caller.operator,
      cached,
      ...(job === undefined ? {} : { job }),
      fleet: {
        id: fleetId,
        name,
        revision,
        ...(git === undefined ? {} : { git: git.revision, dirty: git.dirty }),
      },
      problems: fleet.common,
      minions: minions.map(minion => minionFacts(context, minion, fleet, runOf(minion.id))),
      contracts: await demandsOf(context, caller, picked, !cached),
      ...complianceBefore(context, label, caller.rights.seesAll() ? undefined : await visibleTo(context, caller)),
    }
    const report = judge(facts)
    const picture = recipients.length === 0 ? undefined : await drawTrend(context, report)
    return { report, deliveries: keep(context, report, { recipients, picture }, caller) }
  },
})

/** Hides minion ids in problems: those of visible minions may name peers that the caller cannot see. Pure. */
function hideIn(fleet: CompiledFleet, { rights }: Caller, { minions }: FleetSnapshot): CompiledFleet {
  const hide = problemHider(rights, minions)
  const problems = new Map([...fleet.problems].map(([minion, found]) => [minion, hide(found)] as const))
  return { ...fleet, problems, common: hide(fleet.common) }
}

interface Wish {
  readonly picked: Picked
  readonly fleet: CompiledFleet
  readonly target: string
  readonly patienceMs: number
  readonly caller: Caller
}

/**
 * Orders a test run of every minion that is online and compiles; waits for them no longer than `patienceMs`. Returns the fleet
 * with the problems of minions that nothing could be encrypted for.
 */
async function testAll(
  context: ControlContext,
  { picked, fleet, target, patienceMs, caller }: Wish,
  emit: (event: ApplyEvent) => void,
  signal: AbortSignal,
): Promise<{ readonly job: JobId; readonly fleet: CompiledFleet }> {
  const online = [...fleet.compiled.values()].filter(({ minion }) => context.links.isOnline(minion.id))
  const { scheduledRun } = caller
  const git = await picked.snapshot.git()
  await storeLargeFiles(context, online)
  const prepared = await prepareRuns(context, online)
  const { job, unsealed } = orderJob(
    context,
    picked.snapshot,
    {
      verb: 'test',
      origin: 'order',
      target: targetLabel(target),
      operator: caller.operator,
      git,
      options: { compliance: true, ...(scheduledRun === undefined ? {} : { firing: scheduledRun }) },
      expiresAt: new Date(context.now() + patienceMs).toISOString(),
    },
    prepared,
    'none',
  )
  const broken = new Map(unsealed.map(({ minion, problems }) => [minion.id, problems]))
  const ids = new Set(online.map(({ minion }) => minion.id).filter(id => !broken.has(id)))
  const offline = picked.minions
    .filter(({ id }) => !context.links.isOnline(id))
    .map(({ id, known }) => ({
      minion: id,
      ...(known?.lastSeenAt === undefined ? {} : { since: known.lastSeenAt }),
      waiting: false,
    }))
  emit({ type: 'job', job, verb: 'test', minions: [...ids], offline })
  context.dispatcher.delivery.deliverJob(job)
  const end = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  const watched = { job, emit, signal: end, patienceMs: Math.min(patienceMs, OFFLINE_PATIENCE_MS) }
  await new JobWatch(context, watched).untilOver()
  return { job, fleet: { ...fleet, problems: new Map([...fleet.problems, ...broken]) } }
}

/** Draws the picture for mails; a report without it is better than none. */
async function drawTrend(context: ControlContext, report: ComplianceReport): Promise<Uint8Array | undefined> {
  const picture = trendPicture(report)
  if (picture === undefined) return undefined
  try {
    return await drawPng(picture.svg, picture.width)
  } catch (thrown) {
    context.warn('the mail of a compliance report has no chart, because it could not be drawn', {
      error: String(thrown),
    })
    return undefined
  }
}

interface Sending {
  readonly recipients: readonly string[]
  readonly picture: Uint8Array | undefined
}

function keep(
  context: ControlContext,
  report: ComplianceReport,
  { recipients, picture }: Sending,
  { scheduledRun }: Caller,
): readonly string[] {
  const { store } = context
  const { id, target, operator, cached, score, minions, contracts } = report
  return store.together(() => {
    const counts = { ...minions, contracts: contracts.kept + contracts.broken, broken: contracts.broken }
    const summary = { id, target, operator, cached, score, findings: report.groups.length, counts }
    store.compliance.save(summary, new TextEncoder().encode(canonicalJson(report)))
    return recipients.length === 0 ? [] : deliver(context, recipients, documentOf(report, picture), scheduledRun)
  })
}

const complianceHistoryVerb = defineVerb({
  name: 'compliance-history',
  input: z.strictObject({
    limit: z.number().int().min(1).max(1000).default(30),
    target: target.optional(),
  }),
  right: { on: 'fleet', kind: 'read' },
  async run({ store }, { limit, target }): Promise<ComplianceHistory> {
    return {
      reports: store.compliance
        .list(limit, target === undefined ? undefined : targetLabel(target))
        .map(({ report: _body, ...row }) => row),
    }
  },
})

/** How many reports to search for the last one whose minions the caller may see. */
const LOOKED_AT = 50

/** Shows an earlier report unchanged; without an id, the last one. */
const complianceShowVerb = defineVerb({
  name: 'compliance-show',
  input: z.strictObject({ report: name.optional() }),
  right: { on: 'minions', kind: 'read' },
  async run(context, { report: id }, { caller }): Promise<ComplianceResult> {
    const { store } = context
    const isVisible = await visibleTo(context, caller)
    const bodyOf = ({ report }: Judgement): ComplianceReport => {
      return fromStored(store.compliance.body<StoredReport>(report))
    }
    const known = id === undefined ? store.compliance.list(LOOKED_AT) : [store.compliance.get(id)]
    // A report about a minion that the caller cannot see does not exist for them.
    const judgement = known.find(one => {
      return one !== undefined && bodyOf(one).judgements.every(({ minion }) => isVisible(minion))
    })
    if (judgement === undefined) {
      throw new AppError({
        code: 'COMPLIANCE_UNKNOWN',
        message: id === undefined ? 'there is no compliance report yet' : `there is no report \`${id.slice(0, 80)}\``,
        hint: id === undefined ? 'Create one: `master compliance`.' : 'See `master compliance history`.',
      })
    }
    const report = bodyOf(judgement)
    await assertAllowed(context, caller, report)
    return { report, deliveries: [] }
  },
})

export const complianceVerbs = [complianceVerb, complianceHistoryVerb, complianceShowVerb] as const

/** Throws RIGHT_DENIED when the caller may not see a minion of the report; a report is never reduced silently. */
async function assertAllowed(context: ControlContext, caller: Caller, report: ComplianceReport): Promise<void> {
  const sees = await visibilityOf(context, caller, 'compliance-show')
  const denied = report.judgements.map(({ minion }) => minion).filter(minion => !sees(minion))
  if (denied.length > 0) throw rightDenied(caller, 'compliance-show', denied)
}

/**
 * Returns the demands that concern a target: those on its minions, and those on whole levels that involve one of their roles.
 * Demands on a whole level are judged only for callers who may see all of it.
 */
async function demandsOf(
  context: ControlContext,
  caller: Caller,
  { snapshot, minions }: Picked,
  dns: boolean,
): Promise<readonly ContractFinding[]> {
  const { findings } = shownTo(caller, 'compliance', snapshot, await judgeFleet(context, snapshot, { dns }))
  const ids = new Set<string>(minions.map(({ id }) => id))
  const concerned = new Set(
    minions.flatMap(({ assignment, roles }) => roles.map(role => `${assignment.level}/${role}`)),
  )
  const everybody = snapshot.minions.every(({ id, known }) => known === undefined || ids.has(id))
  return findings.filter(({ minion, level, role }) =>
    minion === undefined ? everybody || concerned.has(`${level}/${role ?? ''}`) : ids.has(minion),
  )
}
