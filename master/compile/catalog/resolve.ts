import { type CatalogState, TEXT_KEY } from '../../../protocol/catalog.ts'
import type { Problem } from '../../../protocol/errors.ts'
import type { StateKey } from '../../../protocol/ids.ts'
import type { Json, JsonObject } from '../../../protocol/json.ts'
import { reveal, Secret } from '../../../protocol/secret.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import type { State } from '../../../states/define.ts'
import type { Registry } from '../../../states/registry.ts'
import { suggestSameIntent } from '../../yaml/suggest.ts'
import { hintForArgument, hintForState } from '../language/foreign-words.ts'
import { ExpressionError } from '../language/scope.ts'
import { isValueMap, Rendered, type SlotTable, type Value } from '../language/value.ts'
import { CONTROL, type Declaration } from '../role/declarations.ts'
import type { RoleRenderer } from '../role/library.ts'
import type { ExpandedState } from './expand.ts'
import { GLOBAL_ARGUMENTS, type GlobalArguments, isGlobalArgument, parseGlobalArguments } from './global-arguments.ts'
import { judgeExport, placeOf } from './report-export.ts'
import { type Blobs, resolveSource } from './sources.ts'

/** A state with checked arguments, whose requisites are not resolved yet. */
export interface ResolvedState {
  readonly key: StateKey
  readonly type: string
  readonly id: string
  readonly name: string
  readonly role: string
  readonly declaredAt: readonly SourcePosition[]
  readonly params: JsonObject
  /** The resource that the state owns. */
  readonly owns: string | undefined
  /** Seconds of the confirm window, unless the role sets it; 0 for none. */
  readonly confirm: number
  readonly global: GlobalArguments
  /** Equal declarations of the same resource that were merged into this one. */
  readonly duplicates?: readonly ResolvedState[]
}

/** Checks a state against its type; undefined when there are problems, which go into the sink. */
export function resolveState(
  renderer: RoleRenderer,
  state: ExpandedState,
  tables: { readonly registry: Registry; readonly slots: SlotTable; readonly blobs: Blobs },
): ResolvedState | undefined {
  const { sink } = renderer
  const { declaration, id } = state
  const type = tables.registry.get(declaration.type)
  if (type === undefined) {
    sink.add({ ...unknownState(declaration, tables.registry), source: declaration.typePosition })
    return undefined
  }
  const before = sink.problems.length
  const global = parseGlobalArguments(state.args, sink, type.checksCandidate)
  judgeExport(renderer, { role: declaration.role, type, global })
  const found = takesContents(type) ? resolveSource(renderer, state, tables.blobs) : state.args
  // Report other problems even when the source cannot be read.
  const args = found ?? state.args.filter(({ key }) => key !== 'source')
  const own = args.filter(({ key }) => !isGlobalArgument(key))
  const given = own.flatMap(({ key, value, valuePosition }): readonly (readonly [string, Json])[] => {
    // A null value counts as an argument that was not given.
    const json = value === null ? undefined : sink.attempt(valuePosition, () => toJson(value, tables.slots))
    return json === undefined ? [] : [[key, json]]
  })
  // Assignment would hide an argument named `__proto__`.
  const checked = type.check(Object.fromEntries<Json>([['name', id], ...given]))
  if (!checked.ok) {
    const faults = checked.faults.map(fault => ({
      ...fault,
      hint: fault.hint ?? (fault.code === 'PARAM_UNKNOWN' ? nearestArgument(fault.param ?? '', type) : undefined),
    }))
    const suggested = faults.flatMap(({ code, hint = '' }) =>
      code === 'PARAM_UNKNOWN' ? (MEANT.exec(hint)?.[1] ?? []) : [],
    )
    const isSource = suggested.includes('source') && takesContents(type)
    const meant = [...declaration.beside, ...(found === undefined || isSource ? ['contents'] : []), ...suggested]
    for (const { code, param = '', message, hint } of faults) {
      // An argument already reported in a wrong form is not also missing.
      if (code === 'PARAM_MISSING' && (declaration.isUnread || meant.includes(param))) continue
      const arg = own.find(({ key }) => key === param)
      const isUnknown = code === 'PARAM_UNKNOWN'
      sink.add({
        code,
        message: isUnknown ? unknownArgument(param, type, hint) : message,
        source: (isUnknown ? arg?.keyPosition : arg?.valuePosition) ?? declaration.typePosition,
        ...(hint === undefined ? {} : { hint }),
      })
    }
  }
  if (!checked.ok || found === undefined || sink.problems.length > before) return undefined
  return {
    key: `${declaration.role}/${declaration.type}/${id}` as StateKey,
    type: declaration.type,
    id,
    name: typeof checked.params['name'] === 'string' ? checked.params['name'] : id,
    role: declaration.role,
    declaredAt: [declaration.idPosition],
    params: checked.params,
    owns: type.owns(checked.params),
    confirm: type.confirm,
    global,
  }
}

/** Converts a state for the catalog, with requisites as keys. Pure. */
export function toCatalogState(state: ResolvedState, requisites: CatalogState['requisites']): CatalogState {
  const { key, type, id, name, role, declaredAt, params, global } = state
  return {
    key,
    type,
    id,
    name,
    role,
    declaredAt,
    params,
    requisites,
    guards: global.guards,
    ...(global.checkCmd === undefined ? {} : { checkCmd: global.checkCmd }),
    ...(global.timeout === undefined ? {} : { timeout: global.timeout }),
    ...(global.failhard ? { failhard: true } : {}),
    ...confirmOf(state),
    ...(global.onOrphan === 'report' ? {} : { onOrphan: global.onOrphan }),
    ...(global.exportAs === undefined ? {} : { exportAs: placeOf(role, global.exportAs) }),
  }
}

/** Files that can lock an operator out. */
const DANGEROUS = /^\/etc\/(?:ssh\/sshd_config|nftables|network\/|systemd\/network\/|wireguard\/)/
const DEFAULT_CONFIRM = 60

function confirmOf({ type, name, confirm, global }: ResolvedState): Pick<CatalogState, 'confirm'> {
  const preset = type.startsWith('file.') && DANGEROUS.test(name) ? DEFAULT_CONFIRM : confirm
  const seconds = global.confirm ?? preset
  return seconds === 0 ? {} : { confirm: seconds }
}

function takesContents(type: State): boolean {
  return Object.hasOwn(type.params, 'contents') && !Object.hasOwn(type.params, 'source')
}

/** All arguments of a state type, in the order of docs/states.md. */
function argumentsOf(type: State): readonly string[] {
  const own = Object.keys(type.params)
  return ['name', ...own.flatMap(name => (name === 'contents' && takesContents(type) ? [name, 'source'] : [name]))]
}

/** Extracts the argument that the hint for an unknown one suggests. */
const MEANT = /^(?:Use|Did you mean) `([a-z_]+)`/

/** Describes a word that is not a state type, and suggests what was meant. */
function unknownState({ type, beside }: Declaration, registry: Registry): Pick<Problem, 'code' | 'message' | 'hint'> {
  const owner = beside.flatMap(other => registry.get(other) ?? []).find(other => isArgumentOf(type, other))
  if (owner !== undefined) {
    return {
      code: 'STATE_UNKNOWN',
      message: `\`${type}\` is an argument of \`${owner.name}\`, but is written beside it`,
      hint: `Indent it below \`${owner.name}:\`.`,
    }
  }
  const near = suggestSameIntent(type, registry.names)
  const ofModule = registry.names.filter(name => name.startsWith(`${type}.`)).map(name => `\`${name}\``)
  const guess = near === undefined ? 'docs/states.md lists all of them.' : `Did you mean \`${near}\`?`
  const full = ofModule.length === 0 ? guess : `Write the state type in full: ${ofModule.join(', ')}.`
  return { code: 'STATE_UNKNOWN', message: `there is no state \`${type}\``, hint: hintForState(type) ?? full }
}

function isArgumentOf(name: string, type: State): boolean {
  return argumentsOf(type).includes(name) || GLOBAL_ARGUMENTS.includes(name)
}

/** Lists all arguments only where no hint names the one that was meant. */
function unknownArgument(name: string, type: State, hint: string | undefined): string {
  const unknown = `${type.name} has no argument \`${name}\``
  if (hint !== undefined) return unknown
  return `${unknown}; it has ${argumentsOf(type).join(', ')}; every state also has ${GLOBAL_ARGUMENTS.join(', ')}`
}

function nearestArgument(name: string, type: State): string | undefined {
  const all = [...argumentsOf(type), ...GLOBAL_ARGUMENTS]
  if (CONTROL.includes(name)) return `Put \`${name}\` beside \`${type.name}\`, with the same indentation.`
  const ours = hintForArgument(name)
  // For a state type without `source`, `src` means something else.
  const [, only] = /^Use `([a-z_]+)`[.,]/.exec(ours ?? '') ?? []
  if (ours !== undefined && (only === undefined || all.includes(only))) return ours
  const near = suggestSameIntent(name, all)
  return near === undefined ? undefined : `Did you mean \`${near}\`?`
}

/**
 * Converts a value to JSON. Secrets become slots, so their values are not in the catalog. Throws ExpressionError for plain data
 * that looks like a slot.
 */
export function toJson(value: Value, slots: SlotTable): Json {
  const slotOf = (secret: Secret<string>): Json => ({ slot: slots.number(secret.path, reveal(secret)) })
  if (value instanceof Secret) return { [TEXT_KEY]: [slotOf(value)] }
  if (value instanceof Rendered) {
    return { [TEXT_KEY]: value.parts.map(part => (part instanceof Secret ? slotOf(part) : part)) }
  }
  if (Array.isArray(value)) return value.map((item: Value) => toJson(item, slots))
  if (isValueMap(value)) {
    if (Object.hasOwn(value, TEXT_KEY)) {
      throw new ExpressionError({
        code: 'EXPRESSION_INVALID',
        message: `a map has the key \`${TEXT_KEY}\`, which the catalog reserves for text with secrets`,
        hint: 'Give that key another name where the data comes from.',
      })
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item, slots)]))
  }
  return value as Json
}
