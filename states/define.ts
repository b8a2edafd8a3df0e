import { isSlotText, sha256Of } from '../protocol/catalog.ts'
import { AppError, type ErrorCode, type Problem } from '../protocol/errors.ts'
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../protocol/json.ts'
import { Secret } from '../protocol/secret.ts'
import type { Action } from './action.ts'
import type { Kind } from './kinds.ts'
import type { Params, ParamValues } from './params.ts'
import type { SystemReader } from './system.ts'

/** The definition of a state type: read and plan. The engine performs the actions (docs/design.md, "State types"). */
export interface StateDefinition<P extends Params, Current> {
  /** `module.function`, the same as the path of its file. */
  readonly name: string
  /** One sentence, which begins its documentation. */
  readonly summary: string
  /** Kind of the name, which defaults to the id. */
  readonly nameKind: Kind<string>
  readonly params: P
  /** Increase it when the meaning changes but the arguments stay: master and minion compare it. */
  readonly revision?: number
  /** The resource on the host that only one state may own, such as `file:/etc/motd`; undefined when nothing is owned. */
  owns(params: ParamValues<P>): string | undefined
  /** Resources that it declares without owning them, such as each package of a list; they do not become orphans. Pure. */
  mentions?(params: ParamValues<P>): readonly string[]
  /** Lists arguments that contradict each other, one sentence each, for PARAM_INVALID. Pure. */
  conflicts?(params: ParamValues<P>): readonly string[]
  /** The state that removes the resource; undefined for what is never removed automatically, such as data. Pure. */
  opposite?(params: ParamValues<P>): StateCall | undefined
  read(system: SystemReader, params: ParamValues<P>): Promise<Current>
  /**
   * Plans the actions; an empty list means that the state has converged. Throws an AppError when it cannot be reached from the
   * current one. Pure.
   */
  plan(params: ParamValues<P>, current: Current): readonly Action[]
  /** Plans the reaction to a change of a watched state; `current` is what was read after this state's own actions. Pure. */
  onWatch?(params: ParamValues<P>, current: Current): readonly Action[]
  /** Describes the value that it can export, such as `the public key`; goes with `report`. */
  readonly reports?: string
  /** The value that a converged state exports; undefined when there is none. Never a secret. Pure. */
  report?(params: ParamValues<P>, current: Current): Json | undefined
  /**
   * Finds a problem at the end of the run with something that looked right during the state's turn, such as a service that has
   * crashed since; undefined when there is none. `first` is what `read` returned during the turn; `restarted` tells whether the
   * state (re)started it since.
   */
  recheck?(
    system: SystemReader,
    params: ParamValues<P>,
    past: { readonly first: Current; readonly restarted: boolean },
  ): Promise<Problem | undefined>
  /** True when `recheck` makes sense although nothing was performed; without it, never. Pure. */
  isSuspect?(current: Current): boolean
  /** Default confirm window in seconds, for states that can cut a host off. */
  readonly confirm?: number
  /** Actions that restore `current`, besides the files that its actions touch, when a change was not confirmed. Pure. */
  revert?(params: ParamValues<P>, current: Current): readonly Action[]
  /**
   * True when it wants something to be absent. In a dry run, that it is absent now proves little if a dependency may create it.
   */
  readonly absence?: true
  /** False when it is not planned again after it was performed (`cmd.run`). */
  readonly converges?: false
  /** True when it writes one file, and `check_cmd` validates the new content at `{path}` before it replaces the old one. */
  readonly checksCandidate?: true
}

/** A state type by name and its arguments, including `name`, without secrets. */
interface StateCall {
  readonly type: string
  readonly params: JsonObject
}

/** A problem with an argument, without a position; the compiler knows the position. */
interface ParamFault {
  readonly code: Extract<ErrorCode, 'PARAM_UNKNOWN' | 'PARAM_INVALID' | 'PARAM_MISSING'>
  /** Name of the argument; undefined when several are concerned. */
  readonly param?: string
  readonly message: string
  readonly hint?: string
}

type ParamCheck =
  | { readonly ok: true; readonly params: JsonObject }
  | { readonly ok: false; readonly faults: readonly ParamFault[] }

/** Result of an inspection of the host. */
export interface Inspection {
  readonly actions: readonly Action[]
  /** Actions that a watched change would cause now. */
  readonly reactions: readonly Action[]
  /** Actions that restore the inspected state after its files were restored; empty unless the state type defines them. */
  readonly reverts: readonly Action[]
  /** See StateDefinition.recheck, bound to what was read now; undefined when there is nothing to recheck. */
  readonly recheck?: (system: SystemReader, restarted: boolean) => Promise<Problem | undefined>
  /** See StateDefinition.isSuspect. */
  readonly suspect?: boolean
}

/** A state type with arguments: can inspect and plan. */
export interface BoundState {
  readonly converges: boolean
  /** True when it has its own `onWatch`. */
  readonly reacts: boolean
  /** See StateDefinition.absence. */
  readonly absence: boolean
  inspect(system: SystemReader): Promise<Inspection>
  /** The value that it exports now; see StateDefinition.report. */
  reported(system: SystemReader): Promise<Json | undefined>
}

/** A state type as seen by the registry, the compiler and the engine, without its type parameters. */
export interface State {
  readonly name: string
  readonly summary: string
  readonly nameKind: Kind<string>
  readonly params: Params
  /** See StateDefinition.reports; undefined when it exports nothing. */
  readonly reports: string | undefined
  /** Must be equal on both sides, or the catalog is refused: covers name, revision, and the shape of all arguments. */
  readonly hash: string
  /** Checks the arguments in `raw`, which include `name`, and fills in defaults. Slots stay slots. Pure. */
  check(raw: JsonObject): ParamCheck
  /** See StateDefinition.owns; `params` must be checked. */
  owns(params: JsonObject): string | undefined
  /** See StateDefinition.mentions; `params` must be checked. */
  mentions(params: JsonObject): readonly string[]
  /** See StateDefinition.confirm; 0 when it has none. */
  readonly confirm: number
  /** See StateDefinition.checksCandidate. */
  readonly checksCandidate: boolean
  /** See StateDefinition.absence. */
  readonly absence: boolean
  /** See StateDefinition.opposite; `params` must be checked, slots may stay slots. */
  opposite(params: JsonObject): StateCall | undefined
  /** Binds the state type to checked `params`; `open` returns the text of `{$text}` maps. Throws PARAM_INVALID. */
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
    absence: definition.absence ?? false,
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

/** Replaces every `{$text}` map in a value with its Secret. */
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
