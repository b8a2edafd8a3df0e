import { isSlotText, sha256Of } from '../protocol/catalog.ts'
import { AppError, type ErrorCode, type Problem } from '../protocol/errors.ts'
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../protocol/json.ts'
import { Secret } from '../protocol/secret.ts'
import type { Action } from './action.ts'
import type { Kind } from './kinds.ts'
import type { Params, ParamValues } from './params.ts'
import type { SystemReader } from './system.ts'

/** The contract of a state type: look, decide. Doing is the engine's (docs/design.md, "State types"). */
export interface StateDefinition<P extends Params, Current> {
  /** `module.function`, equal to the path of its file. */
  readonly name: string
  /** One sentence, the first line of its documentation. */
  readonly summary: string
  /** What the name (by default the id) must be. */
  readonly nameKind: Kind<string>
  readonly params: P
  /** Raise it when the meaning changes while the arguments stay: master and minion compare it. */
  readonly revision?: number
  /** The real thing on the host that one state alone may own, such as `file:/etc/motd`; undefined when nothing is owned. */
  owns(params: ParamValues<P>): string | undefined
  /** Things that it declares without owning them, such as each package of a list: none of them is an orphan. Pure. */
  mentions?(params: ParamValues<P>): readonly string[]
  /** Arguments that do not fit together; a sentence each, for PARAM_INVALID. Pure. */
  conflicts?(params: ParamValues<P>): readonly string[]
  /** The state that takes the thing away again; undefined for what is never taken away by itself, such as data. Pure. */
  opposite?(params: ParamValues<P>): StateCall | undefined
  read(system: SystemReader, params: ParamValues<P>): Promise<Current>
  /** Pure. Empty means: all is well. Throws an AppError when the state cannot be reached from here. */
  plan(params: ParamValues<P>, current: Current): readonly Action[]
  /** Pure. What to do when a watched state changed; `current` is what it is after this state's own actions. */
  onWatch?(params: ParamValues<P>, current: Current): readonly Action[]
  /** What the value is that it can report for other minions, such as `the public key`; goes with `report`. */
  readonly reports?: string
  /** Pure. The value that a converged state reports; undefined: there is none. Never a secret. */
  report?(params: ParamValues<P>, current: Current): Json | undefined
  /**
   * What is wrong at the end of the run with something that looked right when it was done, such as a service that died since;
   * undefined: nothing. `first` is what `read` gave at the state's turn, `restarted` whether the state (re)started it since.
   */
  recheck?(
    system: SystemReader,
    params: ParamValues<P>,
    past: { readonly first: Current; readonly restarted: boolean },
  ): Promise<Problem | undefined>
  /** Pure. Whether `recheck` is worth while though nothing was performed; undefined: never. */
  isSuspect?(current: Current): boolean
  /** Seconds of its confirm window when no role says otherwise: for what cuts a host off when it is wrong. */
  readonly confirm?: number
  /** Pure. What brings `current` back, beyond the files that its actions touch: for a change that was not confirmed. */
  revert?(params: ParamValues<P>, current: Current): readonly Action[]
  /** True: it wants something not to be there. That it is not there yet says little while what it depends on may bring it. */
  readonly absence?: true
  /** False: it is not planned again after it was performed (`cmd.run`). */
  readonly converges?: false
  /** True: it writes one file, and `check_cmd` validates the new content at `{path}` before that replaces the old one. */
  readonly checksCandidate?: true
}

/** A state type by name, and its arguments without any secret; `name` is among them. */
interface StateCall {
  readonly type: string
  readonly params: JsonObject
}

/** One fault of an argument, without a position: the compiler knows where it stands. */
interface ParamFault {
  readonly code: Extract<ErrorCode, 'PARAM_UNKNOWN' | 'PARAM_INVALID' | 'PARAM_MISSING'>
  /** The argument's name; undefined when it is about several. */
  readonly param?: string
  readonly message: string
  readonly hint?: string
}

type ParamCheck =
  | { readonly ok: true; readonly params: JsonObject }
  | { readonly ok: false; readonly faults: readonly ParamFault[] }

/** What a look at the host gave. */
export interface Inspection {
  readonly actions: readonly Action[]
  /** What a watched change would cause now. */
  readonly reactions: readonly Action[]
  /** What brings back what was seen, once the files are back; empty unless the state type says it. */
  readonly reverts: readonly Action[]
  /** See StateDefinition.recheck, about what was seen now; undefined when there is nothing to look at again. */
  readonly recheck?: (system: SystemReader, restarted: boolean) => Promise<Problem | undefined>
  /** See StateDefinition.isSuspect. */
  readonly suspect?: boolean
}

/** A state type with arguments: can look and decide. */
export interface BoundState {
  readonly converges: boolean
  /** Whether it has an `onWatch` of its own. */
  readonly reacts: boolean
  /** See StateDefinition.absence. */
  readonly absence: boolean
  inspect(system: SystemReader): Promise<Inspection>
  /** What it reports now; see StateDefinition.report. */
  reported(system: SystemReader): Promise<Json | undefined>
}

/** A state type as the registry, the compiler and the engine see it: its own types are closed over. */
export interface State {
  readonly name: string
  readonly summary: string
  readonly nameKind: Kind<string>
  readonly params: Params
  /** See StateDefinition.reports; undefined: it reports nothing. */
  readonly reports: string | undefined
  /** Equal on both sides, or the catalog is refused: over name, revision, and the shape of all arguments. */
  readonly hash: string
  /** Checks and fills in defaults; `raw` holds `name` too. Slots stay slots. Pure. */
  check(raw: JsonObject): ParamCheck
  /** See StateDefinition.owns; `params` are checked ones. */
  owns(params: JsonObject): string | undefined
  /** See StateDefinition.mentions; `params` are checked ones. */
  mentions(params: JsonObject): readonly string[]
  /** See StateDefinition.confirm; 0 when it has none. */
  readonly confirm: number
  /** See StateDefinition.checksCandidate. */
  readonly checksCandidate: boolean
  /** See StateDefinition.opposite; `params` are checked ones, slots may stay slots. */
  opposite(params: JsonObject): StateCall | undefined
  /** `params` are checked ones; `open` gives the text of `{$text}` maps. Throws PARAM_INVALID. */
  bind(params: JsonObject, open: (parts: Json) => Secret<string>): BoundState
}

export function defineState<const P extends Params, Current>(definition: StateDefinition<P, Current>): State {
  const { name, summary, nameKind, params } = definition
  const owns = (values: JsonObject): string | undefined => definition.owns(values as ParamValues<P>)
  return {
    name,
    summary,
    nameKind,
    params,
    reports: definition.reports,
    hash: hashOf(definition),
    confirm: definition.confirm ?? 0,
    checksCandidate: definition.checksCandidate ?? false,
    owns,
    mentions: values => definition.mentions?.(values as ParamValues<P>) ?? [],
    opposite: values => definition.opposite?.(values as ParamValues<P>),
    check(raw) {
      const checked = checkParams(definition, raw)
      return checked.faults.length > 0 ? { ok: false, faults: checked.faults } : { ok: true, params: checked.values }
    },
    bind(raw, open) {
      const { values, faults } = checkParams(definition, opened(raw, open) as JsonObject)
      const [first] = faults
      if (first !== undefined) throw new AppError(faults.map(({ code, message }) => ({ code, message })))
      const bound = values as unknown as ParamValues<P>
      return {
        converges: definition.converges ?? true,
        reacts: definition.onWatch !== undefined,
        absence: definition.absence ?? false,
        async inspect(system) {
          const current = await definition.read(system, bound)
          const actions = definition.plan(bound, current)
          const reactions = definition.onWatch?.(bound, current) ?? []
          return {
            actions,
            reactions,
            reverts: definition.revert?.(bound, current) ?? [],
            ...(definition.isSuspect?.(current) === true ? { suspect: true } : {}),
            ...(definition.recheck === undefined
              ? {}
              : {
                  recheck: async (now, restarted) =>
                    await definition.recheck?.(now, bound, { first: current, restarted }),
                }),
          }
        },
        reported: async system => definition.report?.(bound, await definition.read(system, bound)),
      }
    },
  }
}

interface CheckedParams {
  readonly values: JsonObject
  readonly faults: readonly ParamFault[]
}

function checkParams<P extends Params, Current>(
  definition: StateDefinition<P, Current>,
  raw: JsonObject,
): CheckedParams {
  const faults: ParamFault[] = []
  const values: { [key: string]: Json } = {}
  const take = (param: string, kind: Kind<unknown>, value: unknown): void => {
    const checked = kind.check(value)
    if (checked.ok) {
      values[param] = checked.value as Json
      return
    }
    const { at, expected, found, hint } = checked.fault
    const message = `${definition.name}: \`${param}${at}\` must be ${expected}, got ${found}`
    faults.push({ code: 'PARAM_INVALID', param, message, ...(hint === undefined ? {} : { hint }) })
  }
  take('name', definition.nameKind, raw['name'])
  for (const [param, { kind, presence, default: preset }] of Object.entries(definition.params)) {
    const value = raw[param]
    if (value !== undefined) take(param, kind, value)
    else if (presence === 'default') values[param] = preset as Json
    else if (presence === 'required') {
      faults.push({
        code: 'PARAM_MISSING',
        param,
        message: `${definition.name}: \`${param}\` must be given: ${kind.expected}`,
      })
    }
  }
  for (const param of Object.keys(raw)) {
    if (param === 'name' || Object.hasOwn(definition.params, param)) continue
    const known = Object.keys(definition.params).join(', ')
    const message = `${definition.name} has no argument \`${param}\`; it has ${known === '' ? 'none' : known}`
    faults.push({ code: 'PARAM_UNKNOWN', param, message })
  }
  if (faults.length === 0) {
    for (const sentence of definition.conflicts?.(values as unknown as ParamValues<P>) ?? []) {
      faults.push({ code: 'PARAM_INVALID', message: `${definition.name}: ${sentence}` })
    }
  }
  return { values, faults }
}

/** The same value with every `{$text}` map replaced by the Secret that it stands for. */
function opened(value: Json, open: (parts: Json) => Secret<string>): unknown {
  if (Array.isArray(value)) return value.map(item => opened(item as Json, open))
  if (!isJsonObject(value)) return value
  if (isSlotText(value)) return open(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, opened(item, open)]))
}

function hashOf<P extends Params, Current>(definition: StateDefinition<P, Current>): string {
  const params = Object.entries(definition.params).map(([name, { kind, presence, default: preset }]) => {
    return [name, kind.shape ?? kind.expected, presence, (preset ?? null) as Json]
  })
  const shape = [
    definition.name,
    definition.revision ?? 1,
    definition.nameKind.shape ?? definition.nameKind.expected,
    params,
    ...(definition.reports === undefined ? [] : ['reports']),
  ]
  return sha256Of(canonicalJson(shape)).slice(0, 16)
}
