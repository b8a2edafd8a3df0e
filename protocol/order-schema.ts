import { z } from 'zod/mini'
import { isJobId, isRunId, isSessionId, isSha256, type JobId, type RunId, type SessionId, type Sha256 } from './ids.ts'
import { LIMITS } from './limits.ts'
import { ORPHAN_ACTIONS } from './report-schema.ts'
import { sessionRequest } from './session-request.ts'
import type { Wire, WireInput } from './wire.ts'

const sha256 = z.custom<Sha256>(value => typeof value === 'string' && isSha256(value))
const bytes = z.custom<Uint8Array>(value => value instanceof Uint8Array)
const size = z.int().check(z.minimum(0))
const blob = z.strictObject({ sha256, size })
/** The version of Saltern needed to know every member; absent when any version does. */
const needs = z.optional(z.string().check(z.maxLength(32)))

const anyBody = {
  fleet: z.string(),
  /** keyHash of the recipient. */
  minionKey: bytes,
  /** Increases with every order to this minion. */
  sequence: size,
  /** Milliseconds since 1970, by the master's clock. */
  issuedAt: z.number(),
  expiresAt: z.number(),
  /** SHA-256 of the payload's bytes. */
  payload: sha256,
  needs,
}

const runBody = z.strictObject({
  ...anyBody,
  kind: z.enum(['apply', 'cancel']),
  run: z.custom<RunId>(value => typeof value === 'string' && isRunId(value)),
  job: z.custom<JobId>(value => typeof value === 'string' && isJobId(value)),
})
export type RunOrderBody = Wire<typeof runBody>

const openBody = z.strictObject({
  ...anyBody,
  kind: z.literal('open'),
  session: z.custom<SessionId>(value => typeof value === 'string' && isSessionId(value)),
})
export type OpenOrderBody = Wire<typeof openBody>

/** Common content of all orders, signed at the moment of delivery (docs/design.md F3). */
export const orderBody = z.discriminatedUnion('kind', [runBody, openBody])
export type OrderBody = RunOrderBody | OpenOrderBody

/** Maximum number of state keys in an order about orphans, and of the characters of each. */
export const ORPHAN_STATES = { most: 16, longest: 200 } as const

/** Leaves the states of the catalog alone, and removes or forgets orphans of it. */
const orphanWish = z.strictObject({
  do: z.enum(ORPHAN_ACTIONS),
  /** Only orphans of these state keys or resources; absent: all. */
  states: z.optional(
    z
      .array(z.string().check(z.minLength(1), z.maxLength(ORPHAN_STATES.longest)))
      .check(z.minLength(1), z.maxLength(ORPHAN_STATES.most)),
  ),
})
export type OrphanWish = Wire<typeof orphanWish>

/** Applies a catalog, or only plans it with `test`. */
const applyPayload = z.strictObject({
  kind: z.literal('apply'),
  test: z.boolean(),
  origin: z.enum(['order', 'boot']),
  catalog: blob,
  /** Absent when the catalog has no slots. */
  box: z.optional(blob),
  /** Increases with every catalog made for this minion. */
  generation: size,
  /** `signCatalog` of the members above. */
  signature: bytes,
  orphans: z.optional(orphanWish),
})
export type ApplyPayload = Wire<typeof applyPayload>

/** Ends the run with this order's id. */
const cancelPayload = z.strictObject({ kind: z.literal('cancel') })
export type CancelPayload = Wire<typeof cancelPayload>

/** Opens a session and carries it over this channel of the link. */
const openPayload = z.strictObject({
  kind: z.literal('open'),
  channel: size,
  /** The operator who requested it, for the minion's own journal. */
  operator: z.string().check(z.maxLength(256)),
  request: sessionRequest,
  /** The window of each stream; absent: `LIMITS.channelWindowBytes`. Only for a minion whose hello announced larger ones. */
  window: z.optional(z.int().check(z.minimum(LIMITS.channelWindowBytes), z.maximum(LIMITS.largestWindowBytes))),
})
export type OpenPayload = WireInput<typeof openPayload>

export const orderPayload = z.discriminatedUnion('kind', [applyPayload, cancelPayload, openPayload])
export type OrderPayload = ApplyPayload | CancelPayload | OpenPayload
