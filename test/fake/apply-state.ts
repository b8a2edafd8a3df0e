import type { Json, JsonObject } from '../../protocol/json.ts'
import { Secret } from '../../protocol/secret.ts'
import type { Action } from '../../states/action.ts'
import type { BoundState, State } from '../../states/define.ts'
import type { FakeSystem } from './fake-system.ts'

/** How a secret text stands in the arguments of a test. */
export function secretParam(clear: string): JsonObject {
  return { $text: [clear] }
}

/** Checks the arguments as the compiler does and binds them as the minion does; faults are an error. */
export function bindState(state: State, raw: JsonObject): BoundState {
  const checked = state.check(raw)
  if (!checked.ok) throw new Error(checked.faults.map(({ code, message }) => `${code}: ${message}`).join('\n'))
  return state.bind(checked.params, openParts)
}

/** Looks only: what the state would do. */
export async function planState(state: State, raw: JsonObject, host: FakeSystem): Promise<readonly Action[]> {
  return (await bindState(state, raw).inspect(host)).actions
}

export interface Applied {
  readonly actions: readonly Action[]
  /** What it would do now: nothing, if it converges. */
  readonly left: readonly Action[]
  readonly reactions: readonly Action[]
}

/** Looks, performs, and looks again, as the engine does. */
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
