import { encodeCatalog, sha256Of } from '../../protocol/catalog.ts'
import type { JobId, Sha256 } from '../../protocol/ids.ts'
import type { ControlContext } from '../context.ts'
import {
  type CompiledMinion,
  type CompiledMinions,
  compileMinions,
  type WaitingMinion,
} from '../control/compile-minions.ts'
import type { FleetMinion, FleetSnapshot } from '../control/snapshot.ts'
import { isFinal } from '../store/tables/run-states.ts'
import { awaitJob } from './await-job.ts'
import { orderMore, prepareRuns } from './order.ts'
import type { ApplyEvent } from './results.ts'

/** Values that minions report to each other settle in two or three; whoever is not settled then never will be. */
const MOST_ROUNDS = 5

export interface Rounds {
  readonly job: JobId
  readonly snapshot: FleetSnapshot
  /** Those that take part, the waiting ones too; without those that are offline. */
  readonly minions: readonly FleetMinion[]
  /** Of the first round, which is over. */
  readonly first: CompiledMinions
  /** `exportsVersion` of the store before the first round was compiled. */
  readonly exportsVersion: string
  readonly signal: AbortSignal
  readonly patienceMs: number
}

/**
 * Catalogs as the first round of an apply takes them. One that reads what somebody of the same round is about to report
 * comes again in the next one: what its checks could say before that is said of half a catalog. Pure.
 */
export function firstRound(
  compiled: readonly CompiledMinion[],
  online: readonly FleetMinion[],
): readonly CompiledMinion[] {
  const ids = new Set(online.map(({ id }) => id))
  const tellers = new Set(
    compiled
      .filter(({ minion }) => ids.has(minion.id))
      .flatMap(({ minion, compiled: { catalog } }) => {
        return catalog.states.flatMap(({ exportAs }) => (exportAs === undefined ? [] : `${minion.id} ${exportAs.name}`))
      }),
  )
  return compiled.map(one => {
    const comesAgain = one.awaits.some(({ minion, name }) => tellers.has(`${minion} ${name}`))
    return comesAgain ? withoutChecks(one) : one
  })
}

function withoutChecks(one: CompiledMinion): CompiledMinion {
  const { checks: _checks, ...catalog } = one.compiled.catalog
  return { ...one, compiled: { ...one.compiled, catalog } }
}

/**
 * What the first round of an apply reported may change the catalogs of others, and let waiting ones be compiled: they are
 * applied in further rounds of the same job, until nothing changes any more. Those that still wait then.
 */
export async function furtherRounds(
  context: ControlContext,
  { job, snapshot, minions, first, exportsVersion, signal, patienceMs }: Rounds,
  emit: (event: ApplyEvent) => void,
): Promise<readonly WaitingMinion[]> {
  const { store, dispatcher } = context
  const applied = new Map(first.compiled.map(one => [one.minion.id, hashOf(one)]))
  const leftOut = new Set(first.broken.map(({ minion }) => minion.id))
  let { waiting } = first
  let compiledWith = exportsVersion
  // Those of the first round that read what was not reported yet come again, with their checks.
  let comesAgain = waiting.length > 0 || first.compiled.some(({ awaits }) => awaits.length > 0)
  for (let round = 2; round <= MOST_ROUNDS && !signal.aborted; round++) {
    const version = store.minions.exportsVersion()
    // A catalog is made of files, which the snapshot holds, and of exports: as long as these stay, it stays.
    if (!comesAgain && version === compiledWith) break
    const runs = store.runs.ofJob(job)
    const over = new Set(runs.map(({ id }) => id))
    // While a run of a minion is on its way, it comes back with what it was sent.
    const onTheWay = new Set(runs.flatMap(({ minion, state }) => (isFinal(state) ? [] : [minion])))
    comesAgain = onTheWay.size > 0
    compiledWith = version
    const again = await compileMinions(context, snapshot, minions, { issue: true })
    // What the fleet's files have wrong with a reported value is told by the minion that waits for it.
    waiting = [...again.waiting, ...again.broken.filter(({ minion }) => !leftOut.has(minion.id))]
    const changed = again.compiled.filter(one => {
      return applied.get(one.minion.id) !== hashOf(one) && !onTheWay.has(one.minion.id)
    })
    if (changed.length === 0) break
    for (const one of changed) applied.set(one.minion.id, hashOf(one))
    const unsealed = orderMore(context, snapshot, job, await prepareRuns(context, changed))
    waiting = [...waiting, ...unsealed]
    const without = new Set(unsealed.map(({ minion }) => minion.id))
    const ordered = changed.flatMap(({ minion }) => (without.has(minion.id) ? [] : [minion.id]))
    if (ordered.length === 0) break
    emit({ type: 'round', round, minions: ordered })
    dispatcher.delivery.deliverJob(job)
    await awaitJob(context, job, emit, { signal, patienceMs, over })
  }
  return waiting
}

function hashOf({ compiled }: CompiledMinion): Sha256 {
  return sha256Of(encodeCatalog(compiled.catalog))
}
