import type { Problem } from '../../../protocol/errors.ts'
import type { Secret } from '../../../protocol/secret.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { RENAMED_PATHS, renamedProblem } from '../../yaml/renamed.ts'
import { suggest } from '../../yaml/suggest.ts'
import { hintForName } from './foreign-words.ts'
import { isValueMap, type Value, type ValueMap } from './value.ts'

/** An error in an expression, thrown until a caller adds the file. */
export class ExpressionError extends Error {
  readonly problem: Omit<Problem, 'source' | 'excerpt'>
  /** Position, if already known. */
  readonly at: SourcePosition | undefined
  /** Further errors in the same text. */
  readonly others: readonly ExpressionError[]

  constructor(
    problem: Omit<Problem, 'source' | 'excerpt'>,
    at?: SourcePosition,
    others: readonly ExpressionError[] = [],
  ) {
    super(problem.message)
    this.problem = problem
    this.at = at
    this.others = others
  }
}

/** Names that an expression can use. Inner frames shadow outer ones. */
export interface Scope {
  readonly frames: readonly ValueMap[]
  /** `this` of a block. */
  readonly self: Value
  /** `@index`, `@key`, `@first`, `@last`. */
  readonly data: ValueMap
  readonly environment: Environment
}

/** Why a reader of an export cannot be compiled. */
interface RefusedValue {
  readonly minion: string
  readonly problem: Omit<Problem, 'source' | 'excerpt'>
}

/** State shared by a whole compile: the record of reads, and lookups that need more than a name. */
export interface Environment {
  /** Called with the dotted path of every read below `grains` and `pillar`. */
  readonly onRead: (path: readonly string[]) => void
  /** True when a path below `grains` or `pillar` holds a claim of the minion instead of fleet data. */
  readonly isClaim: (path: readonly string[]) => boolean
  /** Explains why there is no `minion.address`. */
  readonly explainAddress: () => Omit<Problem, 'source' | 'excerpt'>
  /** Explains why a name below `pillar` is not declared or has no value. */
  readonly explainPillar: (path: readonly string[]) => Omit<Problem, 'source' | 'excerpt'>
  readonly members: (role: string | undefined) => readonly Value[]
  readonly exported: (role: string, name: string) => readonly { readonly minion: string; readonly value: Value }[]
  /** Lists minions with the role that have not reported this export yet. */
  readonly pending: (role: string, name: string) => readonly string[]
  /** Lists values of this export that do not fit its type, each with its minion. */
  readonly refused: (role: string, name: string) => readonly RefusedValue[]
  /** Lists reported values that do not fit: only a reader that needs exactly one value waits. */
  readonly unfit: (role: string, name: string) => readonly RefusedValue[]
  readonly sha256: (text: string) => string
  /** Returns the public part of a private key, as base64 of its SPKI form; undefined for anything else. */
  readonly publicKey: (secret: Secret<string>) => string | undefined
  readonly deriveSecret: (secret: Secret<string>, how: string, derive: (clear: string) => string) => Secret<string>
}

/** Resolves a path. Throws ExpressionError NAME_UNKNOWN with the nearest name. */
export function resolvePath(scope: Scope, parts: readonly string[], depth: number): Value {
  const [first, ...rest] = parts
  if (first === undefined) return scope.self
  const frames = scope.frames.slice(0, scope.frames.length - depth)
  const frame = frames.findLast(candidate => Object.hasOwn(candidate, first))
  if (frame === undefined) throw unknownName([first], frames.flatMap(Object.keys))
  if (first === 'pillar' || first === 'grains') scope.environment.onRead(parts)
  let value: Value = frame[first] as Value
  for (const [index, part] of rest.entries()) {
    const path = parts.slice(0, index + 2)
    if (isValueMap(value) && Object.hasOwn(value, part)) value = value[part] as Value
    else if (Array.isArray(value) && /^\d+$/.test(part) && Number(part) < value.length)
      value = value[Number(part)] as Value
    else if (first === 'pillar') throw new ExpressionError(scope.environment.explainPillar(parts.slice(1)))
    else if (first === 'minion' && part === 'address' && rest.length === 1)
      throw new ExpressionError(scope.environment.explainAddress())
    else throw unknownName(path, isValueMap(value) ? Object.keys(value) : [])
  }
  return value
}

function unknownName(path: readonly string[], known: readonly string[]): ExpressionError {
  const now = RENAMED_PATHS.get(path.join('.'))
  if (now !== undefined) return new ExpressionError(renamedProblem(path.join('.'), now))
  const last = path.at(-1) ?? ''
  const near = suggest(last, known)
  const theirs = path.length === 1 ? hintForName(last) : undefined
  const hint =
    near !== undefined
      ? `Did you mean \`${[...path.slice(0, -1), near].join('.')}\`?`
      : theirs !== undefined
        ? theirs
        : known.length > 0
          ? `There ${known.length === 1 ? 'is' : 'are'} ${[...new Set(known)]
              .sort()
              .slice(0, 12)
              .map(name => `\`${name}\``)
              .join(', ')}.`
          : 'It is no map, so it has no names in it.'
  return new ExpressionError({ code: 'NAME_UNKNOWN', message: `there is no \`${path.join('.')}\``, hint })
}
