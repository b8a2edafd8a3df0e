import type { Problem } from './errors.ts'
import type { StateKey } from './ids.ts'
import type { Json, JsonObject } from './json.ts'
import type { SourcePosition } from './source.ts'

/** What a check wants of its program. Texts are compared without the newline at their end; all of them must hold. */
export interface CheckExpectation {
  readonly exit: number
  /** The whole text, or a regular expression between slashes, such as `/^10\./m`. */
  readonly stdout?: string
  readonly stdoutContains?: string
  /** As `stdout`. */
  readonly stderr?: string
}

/** A program that proves that something works: it looks, and changes nothing. Part of the signed catalog. */
export interface CatalogCheck {
  /** `role/name`. */
  readonly key: string
  readonly role: string
  readonly name: string
  /** argv: it shows in process lists, so no secret is ever in it. */
  readonly run: readonly string[]
  /** Who it runs as; absent: root. */
  readonly user?: string
  /** Text; `{$text: TextPart[]}` when it has secrets. */
  readonly stdin?: Json
  /** Values as `stdin`. */
  readonly env?: JsonObject
  /** Seconds. */
  readonly timeout: number
  /** How often it is run again after a failure; absent: `CHECK_RETRIES` in an apply that changed something, else never. */
  readonly retries?: number
  /** Seconds between two tries; absent: `CHECK_INTERVAL`. */
  readonly interval?: number
  readonly expect: CheckExpectation
  /** The states that it stands upon: while one of them would still change, its failure proves nothing. */
  readonly after: readonly StateKey[]
  readonly declaredAt: SourcePosition
}

/** A daemon that was started in this run may need some time before it answers. */
export const CHECK_RETRIES = 5
/** Seconds. */
export const CHECK_INTERVAL = 2

/** `may-change`: a test run in which something that it stands upon would change. `not-run`: the run was ended before. */
export const CHECK_OUTCOMES = ['passed', 'failed', 'may-change', 'not-run'] as const
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number]

export interface CheckResult {
  readonly key: string
  readonly outcome: CheckOutcome
  readonly durationMs: number
  /** What was expected, what was found, the end of what it said. */
  readonly problem?: Problem
}

/** The parts of a `/pattern/flags` text; undefined for a text that is meant as it stands. Pure. */
export function patternOf(text: string): { readonly source: string; readonly flags: string } | undefined {
  const [, source, flags] = /^\/(.+)\/([ims]*)$/s.exec(text) ?? []
  return source === undefined || flags === undefined ? undefined : { source, flags }
}
