import { type CatalogState, TEXT_KEY } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { Json, JsonObject } from '../../protocol/json.ts'
import { reveal, Secret } from '../../protocol/secret.ts'
import type { SourcePosition } from '../../protocol/source.ts'
import type { State } from '../../states/define.ts'
import type { Registry } from '../../states/registry.ts'
import { suggestSameIntent } from '../yaml/suggest.ts'
import type { ExpandedState } from './expand.ts'
import { hintForArgument, hintForState } from './foreign-words.ts'
import { GLOBAL_ARGUMENTS, type GlobalArguments, isGlobalArgument, parseGlobalArguments } from './global-arguments.ts'
import type { Renderer } from './render.ts'
import { judgeExport, placeOf } from './report-export.ts'
import { ExpressionError } from './scope.ts'
import { type Blobs, resolveSource } from './sources.ts'
import { isValueMap, Rendered, type SlotTable, type Value } from './value.ts'

/** A state with checked arguments, whose requisites still name others in words. */
export interface ResolvedState {
  readonly key: StateKey
  readonly type: string
  readonly id: string
  readonly name: string
  readonly role: string
  readonly declaredAt: readonly SourcePosition[]
  readonly params: JsonObject
  /** The real thing it owns. */
  readonly owns: string | undefined
  /** Seconds of its confirm window unless the role says otherwise; 0: none. */
  readonly confirm: number
  readonly global: GlobalArguments
  /** Equal declarations of the same real thing that were merged into this one. */
  readonly twins?: readonly ResolvedState[]
}

/** Checks a state against its type. undefined when there are problems, which the sink then has. */
export function resolveState(
  renderer: Renderer,
  state: ExpandedState,
  tables: { readonly registry: Registry; readonly slots: SlotTable; readonly blobs: Blobs },
): ResolvedState | undefined {
  const { sink } = renderer
  const { declaration, id } = state
  const type = tables.registry.get(declaration.type)
  if (type === undefined) {
    const near = suggestSameIntent(declaration.type, tables.registry.names)
    const ours = hintForState(declaration.type)
    sink.add({
      code: 'STATE_UNKNOWN',
      message: `there is no state \`${declaration.type}\``,
      hint: ours ?? (near === undefined ? 'docs/states.md lists all of them.' : `Did you mean \`${near}\`?`),
      source: declaration.typePosition,
    })
    return undefined
  }
  const before = sink.problems.length
  const global = parseGlobalArguments(state.args, sink, type.checksCandidate)
  judgeExport(renderer, { role: declaration.role, type, global })
  const args = takesContents(type) ? resolveSource(renderer, state, tables.blobs) : state.args
  if (args === undefined) return undefined
  const own = args.filter(({ key }) => !isGlobalArgument(key))
  const given = own.flatMap(({ key, value, valuePosition }): readonly (readonly [string, Json])[] => {
    // An absent optional value is an argument that was not given.
    const json = value === null ? undefined : sink.attempt(valuePosition, () => toJson(value, tables.slots))
    return json === undefined ? [] : [[key, json]]
  })
  // Not by assignment: the name `__proto__` would be one that nobody sees.
  const checked = type.check(Object.fromEntries<Json>([['name', id], ...given]))
  if (!checked.ok) {
    for (const fault of checked.faults) {
      const arg = own.find(({ key }) => key === fault.param)
      const hint = fault.hint ?? (fault.code === 'PARAM_UNKNOWN' ? nearestArgument(fault.param ?? '', type) : undefined)
      const source = fault.code === 'PARAM_UNKNOWN' ? arg?.keyPosition : arg?.valuePosition
      sink.add({
        code: fault.code,
        message: fault.code === 'PARAM_UNKNOWN' ? unknownArgument(fault.param ?? '', type) : fault.message,
        source: source ?? declaration.typePosition,
        ...(hint === undefined ? {} : { hint }),
      })
    }
  }
  if (!checked.ok || sink.problems.length > before) return undefined
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

/** The state as the catalog has it, its requisites as keys. Pure. */
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

/** Settings with which an operator cuts himself off. */
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

function unknownArgument(name: string, type: State): string {
  return `${type.name} has no argument \`${name}\`; it has ${argumentsOf(type).join(', ')}; every state also has ${GLOBAL_ARGUMENTS.join(', ')}`
}

function nearestArgument(name: string, type: State): string | undefined {
  const all = [...argumentsOf(type), ...GLOBAL_ARGUMENTS]
  const ours = hintForArgument(name)
  // `src` of a state type without `source` is something else.
  const [, only] = /^Use `([a-z_]+)`[.,]/.exec(ours ?? '') ?? []
  if (ours !== undefined && (only === undefined || all.includes(only))) return ours
  const near = suggestSameIntent(name, all)
  return near === undefined ? undefined : `Did you mean \`${near}\`?`
}

/** Secrets become slots: their values leave the catalog here. Data cannot say that it is one: ExpressionError. */
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
        message: `a map of data has the key \`${TEXT_KEY}\`, by which the catalog knows text with secrets`,
        hint: 'Give that key another name where the data comes from.',
      })
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item, slots)]))
  }
  return value as Json
}
