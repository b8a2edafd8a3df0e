import type { SourcePosition } from './source.ts'

/**
 * Every error that a user can cause or must understand, with its meaning in one line. A released code is never reused.
 * `docs/errors.md` has one heading a code; a house test keeps the two equal.
 */
export const ERROR_CODES = {
  INTERNAL: 'a bug of ours',
  USAGE: 'the command line was not understood',

  // wire and identity
  ID_INVALID: 'a name that is no valid minion id',
  MESSAGE_INVALID: 'a message that is not in the closed set, or not of its shape',
  MESSAGE_TOO_LARGE: 'a frame or blob above its limit',
  HANDSHAKE_REFUSED: 'the master refused this key, or does not know it yet',
  HANDSHAKE_TIMEOUT: 'the other side did not finish the handshake in time',
  MASTER_UNTRUSTED: 'the master could not prove that it belongs to the fleet root',
  PROTOCOL_VERSION_UNSUPPORTED: 'the two programs have no protocol version in common',
  ORDER_REFUSED: 'an order that is replayed, expired, forged, or meant for another minion',
  CATALOG_REFUSED: 'a catalog whose signature, hash or state types are wrong',
  BLOB_MISMATCH: 'content whose hash or size is not the announced one',
  BOX_UNREADABLE: 'a box of secrets that does not open with this key',
  JOIN_TOKEN_INVALID: 'a text that is no join token',

  // fleet, target, pillar
  YAML_INVALID: 'a file that is no YAML of the language',
  FLEET_UNREADABLE: 'a fleet directory or a file of it that cannot be read',
  FLEET_INVALID: 'a file of the fleet with a wrong key or value',
  FLEET_NOT_EMPTY: 'a directory that shall become a fleet and already holds something',
  ROLE_UNKNOWN: 'a role that nobody defines',
  TARGET_SYNTAX: 'target words that were not understood',
  TARGET_MATCHES_NOBODY: 'target words that pick no minion',
  PILLAR_KEY_MISSING: 'a private pillar key that is needed and not there',
  PILLAR_VALUE_UNREADABLE: 'a sealed value that was moved, edited, or sealed for another fleet',
  PILLAR_PATH_INVALID: 'a text that is no pillar path, or a path that leads nowhere',

  // states
  STATE_UNKNOWN: 'a state type that does not exist',
  PARAM_UNKNOWN: 'an argument that the state type does not have',
  PARAM_INVALID: 'an argument of the wrong type or shape',
  PARAM_MISSING: 'an argument that must be given',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** One thing that is wrong, safe to show and to send: never holds a secret. */
export interface Problem {
  readonly code: ErrorCode
  /** What was expected and what was found; values in backticks; no full stop. */
  readonly message: string
  /** An imperative sentence with something that can be typed. */
  readonly hint?: string
  readonly source?: SourcePosition
  /** The source line itself, for the caret. */
  readonly excerpt?: string
  /** Further places that belong to it, such as the first of two declarations. */
  readonly related?: readonly SourcePosition[]
}

/** A user's mistake or a refusal: one or more problems, all that were found. Its stack is never shown. */
export class AppError extends Error {
  readonly problems: readonly [Problem, ...Problem[]]

  constructor(problems: Problem | readonly Problem[], options?: { cause?: unknown }) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem]
    const [first, ...rest] = list
    if (first === undefined) throw new TypeError('an AppError has at least one problem')
    super(first.message, options)
    this.name = 'AppError'
    this.problems = [first, ...rest]
  }

  /** The code of the first problem. */
  get code(): ErrorCode {
    return this.problems[0].code
  }
}

/** What may be shown of anything that was thrown: an AppError's own problems, else one INTERNAL without a stack. */
export function problemsOf(thrown: unknown): readonly [Problem, ...Problem[]] {
  if (thrown instanceof AppError) return thrown.problems
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return [{ code: 'INTERNAL', message, hint: 'Report this with the log of the program: it is our bug.' }]
}
