import type { ConfirmWindow } from '../../../minion/apply/confirm-window.ts'
import { type Applied, type ApplyOptions, applyCatalog, type EngineDeps } from '../../../minion/apply/engine.ts'
import type { PendingTrigger, PendingTriggers } from '../../../minion/apply/pending-triggers.ts'
import { StateSignal } from '../../../minion/apply/state-signal.ts'
import { type Catalog, type CatalogState, sha256Of } from '../../../protocol/catalog.ts'
import type { FleetId, MinionId, StateKey } from '../../../protocol/ids.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { StateResult } from '../../../protocol/report.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import type { System } from '../../../states/system.ts'

const REGISTRY = createRegistry(STATES)

const untold = (): never => {
  throw new Error('no state of this test has `confirm`')
}
const NEVER_ARMED: ConfirmWindow = { armed: [], over: undefined, arm: untold, reacted: untold, settle: untold }

export interface StateWish
  extends Partial<
    Pick<CatalogState, 'guards' | 'requisites' | 'checkCmd' | 'failhard' | 'timeout' | 'confirm' | 'onOrphan'>
  > {
  readonly type: string
  readonly name: string
  readonly params?: JsonObject
}

export function keyOf(type: string, name: string): StateKey {
  return `test/${type}/${name}` as StateKey
}

/** Builds a catalog of states with checked arguments and defaults filled in, like the compiler. */
export function catalogOf(wishes: readonly StateWish[]): Catalog {
  const states = wishes.map(({ type, name, params = {}, ...rest }): CatalogState => {
    const checked = REGISTRY.get(type)?.check({ name, ...params })
    if (checked?.ok !== true) throw new Error(`${type} ${name}: ${JSON.stringify(checked)}`)
    const declaredAt = [{ file: 'roles/test/states.yml', line: 1, column: 1 }]
    const common = { key: keyOf(type, name), type, id: name, name, role: 'test', declaredAt }
    return { ...common, params: checked.params, requisites: {}, guards: {}, ...rest }
  })
  return {
    format: 1,
    fleet: 'fleet-test' as FleetId,
    minion: 'web1' as MinionId,
    level: 'staging',
    roles: ['test'],
    revision: sha256Of('revision'),
    states,
    slots: [],
    blobs: [],
    stateTypes: {},
  }
}

/** Pending triggers in memory, so that a test can end a run midway and start another. */
export function pendingInMemory(): PendingTriggers & { all: readonly PendingTrigger[] } {
  const pending = {
    all: [] as readonly PendingTrigger[],
    add: async (triggers: readonly PendingTrigger[]) => {
      const fresh = triggers.filter(
        trigger => !pending.all.some(known => known.state === trigger.state && known.cause === trigger.cause),
      )
      pending.all = [...pending.all, ...fresh]
    },
    clear: async (triggers: readonly PendingTrigger[]) => {
      pending.all = pending.all.filter(
        known => !triggers.some(trigger => trigger.state === known.state && trigger.cause === known.cause),
      )
    },
  }
  return pending
}

export interface RunWish {
  readonly test?: boolean
  readonly pending?: PendingTriggers
  readonly cancelled?: AbortSignal
  readonly journal?: EngineDeps['journal']
  readonly confirm?: ConfirmWindow
  readonly watchers?: ApplyOptions['watchers']
  readonly scrub?: EngineDeps['scrub']
  /** Simulates events on the host while the engine waits. */
  readonly onPause?: (ms: number) => void
}

/** Everything the engine needs besides a host: in memory, with its own clock. */
export function engineDeps(system: System, run: RunWish = {}): EngineDeps {
  let clock = 0
  return {
    system,
    registry: REGISTRY,
    now: () => (clock += 5),
    pending: run.pending ?? pendingInMemory(),
    backup: () => Promise.resolve(),
    journal: run.journal ?? { begin: () => undefined, acting: () => Promise.resolve(), end: () => Promise.resolve() },
    confirm: run.confirm ?? NEVER_ARMED,
    pause: async ms => {
      clock += ms
      run.onPause?.(ms)
    },
    ownership: { claim: () => Promise.resolve() },
    onProgress: () => undefined,
    scrub: run.scrub ?? (value => value),
    signal: new StateSignal(),
  }
}

export async function runStates(system: System, wishes: readonly StateWish[], run: RunWish = {}): Promise<Applied> {
  return applyCatalog(engineDeps(system, run), {
    catalog: catalogOf(wishes),
    secrets: [],
    test: run.test ?? false,
    cancelled: run.cancelled ?? new AbortController().signal,
    watchers: run.watchers,
  })
}

/** Formats results as `outcome name`, one for each state. */
export function wordsOf(results: readonly StateResult[]): readonly string[] {
  return results.map(({ outcome, name }) => `${outcome} ${name}`)
}
