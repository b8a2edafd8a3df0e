import { type Guards, REQUISITES, type Requisite } from '../../../protocol/catalog.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { decimalOf } from '../../yaml/decimal.ts'
import { hintForArgument } from '../language/foreign-words.ts'
import type { ProblemSink } from '../language/problem-sink.ts'
import { holdsSecret, isValueMap, type Value } from '../language/value.ts'
import type { ExpandedArgument } from './expand.ts'

/**
 * A reference such as `{file: /etc/motd}`: a state type or its module, and an id or name. `{role: base}` means all states of a
 * role.
 */
export interface Reference {
  readonly type: string
  readonly name: string
  readonly position: SourcePosition
}

/** Arguments that every state has. */
export interface GlobalArguments {
  readonly requisites: { readonly [requisite in Requisite]?: readonly Reference[] }
  /** The `_in` forms: other states get an edge to this one. */
  readonly reverse: { readonly [requisite in Requisite]?: readonly Reference[] }
  readonly guards: Guards
  readonly checkCmd: readonly string[] | undefined
  readonly timeout: number | undefined
  readonly failhard: boolean
  /** Seconds; 0 disables it; undefined when not given. */
  readonly confirm: number | undefined
  readonly onOrphan: 'remove' | 'report' | 'keep'
  /** Lower values run earlier where requisites allow; defaults to 0. */
  readonly order: number
  /** The export of its role that receives the value that the state reports, or the entry of a map export. */
  readonly exportAs: { readonly name: string; readonly key?: string; readonly position: SourcePosition } | undefined
}

const GUARDS = ['unless', 'onlyif', 'creates'] as const
const OTHERS = ['check_cmd', 'timeout', 'failhard', 'confirm', 'on_orphan', 'order', 'export']
const NOT_YET = [
  'retry',
  'parallel',
  'prereq',
  'prereq_in',
  'onfail',
  'onfail_in',
  'listen',
  'listen_in',
  'names',
  'use',
]

/** Names of all arguments that every state has. */
export const GLOBAL_ARGUMENTS: readonly string[] = [
  ...REQUISITES,
  ...REQUISITES.map(requisite => `${requisite}_in`),
  ...GUARDS,
  ...OTHERS,
]

export function isGlobalArgument(name: string): boolean {
  return GLOBAL_ARGUMENTS.includes(name) || NOT_YET.includes(name)
}

/** Parses the global arguments; problems go into the sink. Pure but for the sink. */
export function parseGlobalArguments(
  args: readonly ExpandedArgument[],
  sink: ProblemSink,
  writesFile: boolean,
): GlobalArguments {
  const reader = new ArgumentReader(args, sink)
  const requisites: { [requisite in Requisite]?: readonly Reference[] } = {}
  const reverse: { [requisite in Requisite]?: readonly Reference[] } = {}
  for (const requisite of REQUISITES) {
    const forward = reader.references(requisite)
    const backward = reader.references(`${requisite}_in`)
    if (forward.length > 0) requisites[requisite] = forward
    if (backward.length > 0) reverse[requisite] = backward
  }
  const unless = reader.commands('unless')
  const onlyif = reader.commands('onlyif')
  const creates = reader.paths('creates')
  reader.refuseUnbuilt()
  return {
    requisites,
    reverse,
    guards: {
      ...(unless === undefined ? {} : { unless }),
      ...(onlyif === undefined ? {} : { onlyif }),
      ...(creates === undefined ? {} : { creates }),
    },
    checkCmd: reader.checkCmd(writesFile),
    timeout: reader.seconds('timeout'),
    failhard: reader.flag('failhard'),
    confirm: reader.confirm(),
    onOrphan: reader.onOrphan(),
    order: reader.order(),
    exportAs: reader.exportAs(),
  }
}

class ArgumentReader {
  readonly #args: readonly ExpandedArgument[]
  readonly #sink: ProblemSink

  constructor(args: readonly ExpandedArgument[], sink: ProblemSink) {
    this.#args = args
    this.#sink = sink
  }

  references(name: string): readonly Reference[] {
    const arg = this.#find(name)
    if (arg === undefined) return []
    const found = referencesOf(arg.value, arg.valuePosition)
    if (found === undefined) this.#wrong(arg, 'a list of `{type: id}`', 'For example, write `[{pkg: mariadb-server}]`.')
    return found ?? []
  }

  /** One argv, or a list of them. */
  commands(name: string): readonly (readonly string[])[] | undefined {
    const arg = this.#find(name)
    if (arg === undefined) return undefined
    if (Array.isArray(arg.value) && arg.value.length > 0) {
      const items: readonly Value[] = arg.value
      if (items.every(isWord)) return [items.map(String)]
      const lists = items.map((item): readonly Value[] => (Array.isArray(item) ? item : []))
      if (lists.every(list => list.length > 0 && list.every(isWord))) return lists.map(list => list.map(String))
    }
    const words =
      typeof arg.value === 'string'
        ? arg.value
            .trim()
            .split(/\s+/)
            .map(word => JSON.stringify(word))
            .join(', ')
        : 'test, -e, /path'
    this.#wrong(arg, 'a list of program and arguments', `Write \`${name}: [${words}]\`.`)
    return undefined
  }

  /** One argv. For a file, it must contain `{path}`, or it would validate the old file; for other states it must not. */
  checkCmd(writesFile: boolean): readonly string[] | undefined {
    const [argv, ...others] = this.commands('check_cmd') ?? []
    const arg = this.#find('check_cmd')
    if (argv === undefined || arg === undefined) return undefined
    const hint = `Name the new file: \`check_cmd: [${[...argv.filter(word => !word.startsWith('/')), '"{path}"'].join(', ')}]\`.`
    const namesPath = argv.some(word => word.includes('{path}'))
    if (others.length > 0) this.#wrong(arg, 'one list of program and arguments', 'Put several checks into one script.')
    else if (writesFile && !namesPath)
      this.#wrong(arg, 'a command with `{path}`, the new file before it replaces the old one', hint)
    else if (!writesFile && namesPath) {
      this.#wrong(arg, 'a command without `{path}`: this state writes no file that it could check', 'Remove `{path}`.')
    } else return argv
    return undefined
  }

  paths(name: string): readonly string[] | undefined {
    const arg = this.#find(name)
    if (arg === undefined) return undefined
    const items: readonly Value[] = Array.isArray(arg.value) ? arg.value : [arg.value]
    if (items.every(item => typeof item === 'string' && item.startsWith('/'))) return items.map(String)
    this.#wrong(arg, 'an absolute path or a list of them')
    return undefined
  }

  seconds(name: string): number | undefined {
    const arg = this.#find(name)
    if (arg === undefined) return undefined
    const value = decimalOf(arg.value)
    if (typeof value === 'number' && value > 0 && value <= 86_400) return value
    this.#wrong(arg, 'seconds, more than 0 and at most 86400')
    return undefined
  }

  confirm(): number | undefined {
    const arg = this.#find('confirm')
    if (arg === undefined) return undefined
    if (arg.value === false) return 0
    const value = decimalOf(arg.value)
    if (typeof value === 'number' && value >= 5 && value <= 3600) return value
    this.#wrong(arg, 'seconds from 5 to 3600, or `false`', 'For example, write `confirm: 60`.')
    return undefined
  }

  onOrphan(): GlobalArguments['onOrphan'] {
    const arg = this.#find('on_orphan')
    if (arg === undefined) return 'report'
    if (arg.value === 'remove' || arg.value === 'report' || arg.value === 'keep') return arg.value
    this.#wrong(arg, '`remove`, `report` or `keep`')
    return 'report'
  }

  flag(name: string): boolean {
    const arg = this.#find(name)
    if (arg === undefined || typeof arg.value === 'boolean') return arg?.value === true
    this.#wrong(arg, '`true` or `false`')
    return false
  }

  order(): number {
    const arg = this.#find('order')
    if (arg === undefined) return 0
    if (arg.value === 'first') return -Infinity
    if (arg.value === 'last') return Infinity
    const value = decimalOf(arg.value)
    if (typeof value === 'number' && Number.isInteger(value)) return value
    this.#wrong(arg, '`first`, `last` or a whole number')
    return 0
  }

  exportAs(): GlobalArguments['exportAs'] {
    const arg = this.#find('export')
    if (arg === undefined) return undefined
    const { value, valuePosition: position } = arg
    if (typeof value === 'string') return { name: value, position }
    const [entry, ...others] = isValueMap(value) ? Object.entries(value) : []
    const [name, key] = entry ?? []
    if (name !== undefined && others.length === 0 && (typeof key === 'string' || typeof key === 'number')) {
      return { name, key: String(key), position }
    }
    this.#wrong(
      arg,
      'the name of an export, or `{export: key}`',
      'For example, write `public_key` or `{public_keys: core}`.',
    )
    return undefined
  }

  refuseUnbuilt(): void {
    for (const { key, keyPosition } of this.#args) {
      if (!NOT_YET.includes(key)) continue
      this.#sink.add({
        code: 'STATE_ARGUMENT_UNSUPPORTED',
        message: `\`${key}\` is not implemented yet`,
        hint: hintForArgument(key) ?? 'Remove it: it would have no effect.',
        source: keyPosition,
      })
    }
  }

  #find(name: string): ExpandedArgument | undefined {
    const arg = this.#args.find(({ key }) => key === name)
    if (arg === undefined || arg.value === null) return undefined
    if (!holdsSecret(arg.value)) return arg
    this.#sink.add({
      code: 'SECRET_IN_EXPRESSION',
      message: `\`${name}\` cannot contain a secret: its value is shown`,
      source: arg.valuePosition,
    })
    return undefined
  }

  #wrong({ key, value, valuePosition }: ExpandedArgument, expected: string, hint?: string): void {
    const found = typeof value === 'string' ? `the text ${JSON.stringify(value.slice(0, 60))}` : JSON.stringify(value)
    this.#sink.add({
      code: 'PARAM_INVALID',
      message: `\`${key}\` must be ${expected}, got ${found}`,
      source: valuePosition,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}

/** Parses references such as `[{pkg: curl}, {service: nginx}]`; undefined for any other value. Pure. */
export function referencesOf(value: Value, position: SourcePosition): readonly Reference[] | undefined {
  const items: readonly Value[] = Array.isArray(value) ? value : [value]
  const references = items.map(item => {
    if (!isValueMap(item)) return undefined
    const names = Object.entries(item)
    const named = names.flatMap(([type, name]) => (typeof name === 'string' ? [{ type, name, position }] : []))
    return named.length === names.length ? named : undefined
  })
  return references.includes(undefined) ? undefined : references.flatMap(named => named ?? [])
}

function isWord(value: Value): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
