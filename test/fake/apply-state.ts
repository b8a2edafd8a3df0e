import type { Json, JsonObject } from '../../protocol/json.ts'
import { Secret } from '../../protocol/secret.ts'
import type { Action } from '../../states/action.ts'
import type { BoundState, State } from '../../states/define.ts'
import type { FakeSystem } from './fake-system.ts'

/** Represents a secret text in the arguments of a test. */
export function secretParam(clear: string): JsonObject {
  return { $text: [clear] }
}

/** Checks arguments like the compiler and binds them like the minion; problems are errors. */
export function bindState(state: State, raw: JsonObject): BoundState {
  const checked = state.check(raw)
  if (!checked.ok) throw new Error(checked.faults.map(({ code, message }) => `${code}: ${message}`).join('\n'))
  return state.bind(checked.params, openParts)
}

/** Inspects only: returns what the state would do. */
export async function planState(state: State, raw: JsonObject, host: FakeSystem): Promise<readonly Action[]> {
  return (await bindState(state, raw).inspect(host)).actions
}

export interface Applied {
  readonly actions: readonly Action[]
  /** Actions that are still needed afterwards; none if the state converges. */
  readonly left: readonly Action[]
  readonly reactions: readonly Action[]
}

/** Inspects, performs and inspects again, like the engine. */
export async function applyState(state: State, raw: JsonObject, host: FakeSystem): Promise<Applied> {
  const bound = bindState(state, raw)
  const { actions } = await bound.inspect(host)
  for (const action of actions) await host.perform(action)
  const { actions: left, reactions } = await bound.inspect(host)
  return { actions, left, reactions }
}

function openParts(parts: Json): Secret<string> {
  const [clear] = (parts as { readonly $text: readonly string[] }).$text
  return new Secret(clear ?? '', 'test.secret')
}
