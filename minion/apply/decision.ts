import { type CatalogState, type Guards, REQUISITES } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { StateOutcome } from '../../protocol/outcomes.ts'
import { isFailure } from '../../protocol/report.ts'
import type { SystemReader } from '../../states/system.ts'

/** Decides what to do with a state, given the outcomes of the states before it (docs/design.md F6, F7, F8). */
export type Decision =
  | { readonly do: 'run'; readonly triggers: readonly StateKey[]; readonly uncertain: boolean }
  | {
      readonly do: 'end'
      readonly outcome: Extract<StateOutcome, 'blocked' | 'skipped' | 'may-change'>
      readonly note: string
    }

export interface Past {
  readonly outcomes: ReadonlyMap<StateKey, StateOutcome>
  /** Triggers left by earlier runs for this state. */
  readonly pending: readonly StateKey[]
  /** States that would or may change in a dry run, and everything that depends on them, directly or indirectly. */
  readonly unsettled: ReadonlySet<StateKey>
}

/**
 * Decides whether a state runs. `triggers` are the watched states that changed (or would change, or changed in a run that
 * died). `uncertain` is true when something it depends on, directly or indirectly, would or may change in a dry run: then a
 * failed read is not a failure, and a guard that would skip it now proves nothing. Pure.
 */
export function decide(state: CatalogState, { outcomes, pending, unsettled }: Past): Decision {
  const { require = [], watch = [], onchanges = [] } = state.requisites
  const outcomeOf = (key: StateKey): StateOutcome => outcomes.get(key) ?? 'not-run'
  for (const requisite of REQUISITES) {
    for (const key of state.requisites[requisite] ?? []) {
      const outcome = outcomeOf(key)
      if (isFailure(outcome) || outcome === 'not-run') {
        return { do: 'end', outcome: 'blocked', note: `it needs ${key}, which ${pastOf(outcome)}` }
      }
    }
  }
  const changed = (key: StateKey): boolean => ['changed', 'would-change'].includes(outcomeOf(key))
  const maybe = (key: StateKey): boolean => outcomeOf(key) === 'may-change'
  const uncertain = [...require, ...watch, ...onchanges].some(key => unsettled.has(key))
  if (onchanges.length > 0 && !onchanges.some(key => changed(key) || pending.includes(key))) {
    return onchanges.some(maybe)
      ? {
          do: 'end',
          outcome: 'may-change',
          note: 'runs only if something it lists under `onchanges` changes, which is not known yet',
        }
      : { do: 'end', outcome: 'skipped', note: 'nothing it lists under `onchanges` changed' }
  }
  return { do: 'run', triggers: watch.filter(key => changed(key) || pending.includes(key)), uncertain }
}

function pastOf(outcome: StateOutcome): string {
  if (outcome === 'failed') return 'failed'
  return outcome === 'not-run' ? 'did not run' : `was ${outcome}`
}

/** Explains why guards skip a state; undefined when it runs. Throws when a guard does not finish within `timeoutMs`. */
export async function guardVerdict(
  guards: Guards,
  system: SystemReader,
  timeoutMs: number,
): Promise<string | undefined> {
  const { unless = [], onlyif = [], creates = [] } = guards
  const exits = async (commands: readonly (readonly string[])[]): Promise<readonly number[]> => {
    const codes: number[] = []
    for (const argv of commands) codes.push((await system.query(argv, { timeoutMs })).exitCode)
    return codes
  }
  if (creates.length > 0) {
    const found = await Promise.all(creates.map(path => system.stat(path)))
    if (!found.includes(undefined)) return `${creates.join(', ')} exists`
  }
  if (onlyif.length > 0) {
    const failing = (await exits(onlyif)).findIndex(code => code !== 0)
    if (failing >= 0) return `onlyif \`${onlyif[failing]?.join(' ')}\` does not hold`
  }
  if (unless.length > 0 && (await exits(unless)).every(code => code === 0)) {
    return `unless \`${unless.map(argv => argv.join(' ')).join('`, `')}\` holds`
  }
  return undefined
}
