import { encodeCatalog, sha256Of } from '../../protocol/catalog.ts'
import type { JobId, MinionId, Sha256 } from '../../protocol/ids.ts'
import type { ControlContext } from '../context.ts'
import { type CompiledMinion, compileMinions, type WaitingMinion } from '../control/compile-minions.ts'
import type { FleetMinion, FleetSnapshot } from '../control/snapshot.ts'
import { isFinal } from '../store/tables/run-states.ts'
import type { JobWatch } from './job-watch.ts'
import { orderMore, prepareRuns } from './order.ts'
import type { ApplyEvent } from './results.ts'

/** Values that minions report to each other settle in two or three rounds; what is not settled after this many never will be. */
const MOST_ROUNDS = 5

export interface Rounds {
  readonly job: JobId
  /** Has watched the first round. */
  readonly watch: Pick<JobWatch, 'untilOver'>
  readonly snapshot: FleetSnapshot
  /** Minions that take part, including waiting ones but not offline ones. */
  readonly minions: readonly FleetMinion[]
  /** Outcome of the finished first round: waiting minions, minions left out, and the catalog of each of the others. */
  readonly waiting: readonly WaitingMinion[]
  readonly leftOut: ReadonlySet<MinionId>
  readonly applied: ReadonlyMap<MinionId, Sha256>
  /** A catalog reads values that were not reported yet, so its minion is applied again, with its checks. */
  readonly comesAgain: boolean
  /** `exportsVersion` of the store before the first round was compiled. */
  readonly exportsVersion: string
  readonly signal: AbortSignal
}

/**
 * Prepares the catalogs of the first round. A catalog that reads a value which a minion of the same round is about to report
 * loses its checks: it is applied again in the next round, and until then its checks would judge an incomplete catalog. Pure.
 */
export function firstRound(
  compiled: readonly CompiledMinion[],
  included: readonly FleetMinion[],
): readonly CompiledMinion[] {
  const ids = new Set(included.map(({ id }) => id))
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
 * Applies further rounds of the same job until nothing changes: reported values may change other catalogs and allow waiting
 * minions to compile. Returns the minions that still wait then.
 */
export async function furtherRounds(
  context: ControlContext,
  { job, watch, snapshot, minions, leftOut, exportsVersion, signal, ...first }: Rounds,
  emit: (event: ApplyEvent) => void,
): Promise<readonly WaitingMinion[]> {
  const { store, dispatcher } = context
  const applied = new Map(first.applied)
  let { waiting } = first
  let compiledWith = exportsVersion
  let comesAgain = first.comesAgain || waiting.length > 0
  for (let round = 2; round <= MOST_ROUNDS && !signal.aborted; round++) {
    const version = store.minions.exportsVersion()
    // A catalog depends only on files, which the snapshot fixes, and on exports: without new exports it does not change.
    if (!comesAgain && version === compiledWith) break
    // Skip minions with an unfinished run: they will report on what they were sent.
    const onTheWay = new Set(store.runs.ofJob(job).flatMap(({ minion, state }) => (isFinal(state) ? [] : [minion])))
    comesAgain = onTheWay.size > 0
    compiledWith = version
    const again = await compileMinions(context, snapshot, minions, { issue: true })
    // When a reported value breaks a compile, the problem is shown with the minion that waits for the value.
    waiting = [...again.waiting, ...again.broken.filter(({ minion }) => !leftOut.has(minion.id))]
    const changed = again.compiled.map(encodedOnce).filter(({ minion, sha256 }) => {
      return applied.get(minion.id) !== sha256 && !onTheWay.has(minion.id)
    })
    if (changed.length === 0) break
    for (const { minion, sha256 } of changed) applied.set(minion.id, sha256)
    const unsealed = orderMore(context, snapshot, job, await prepareRuns(context, changed))
    waiting = [...waiting, ...unsealed]
    const without = new Set(unsealed.map(({ minion }) => minion.id))
    const ordered = changed.flatMap(({ minion }) => (without.has(minion.id) ? [] : [minion.id]))
    if (ordered.length === 0) break
    emit({ type: 'round', round, minions: ordered })
    dispatcher.delivery.deliverJob(job)
    await watch.untilOver()
  }
  return waiting
}

/** Adds the encoded catalog and its hash. Pure. */
export function encodedOnce(one: CompiledMinion): CompiledMinion & { readonly sha256: Sha256 } {
  const encoded = one.encoded ?? encodeCatalog(one.compiled.catalog)
  return { ...one, encoded, sha256: sha256Of(encoded) }
}
