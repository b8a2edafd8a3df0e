import { z } from 'zod/mini'
import { isJobId, isRunId, isSessionId, isSha256, type JobId, type RunId, type SessionId, type Sha256 } from './ids.ts'
import { sessionRequest } from './session-request.ts'
import type { Wire, WireInput } from './wire.ts'

const sha256 = z.custom<Sha256>(value => typeof value === 'string' && isSha256(value))
const bytes = z.custom<Uint8Array>(value => value instanceof Uint8Array)
const size = z.int().check(z.minimum(0))
const blob = z.strictObject({ sha256, size })
/** The version of Saltern that knows every member; absent: each one does. */
const needs = z.optional(z.string().check(z.maxLength(32)))

const anyBody = {
  fleet: z.string(),
  /** keyHash of the minion it is for. */
  minionKey: bytes,
  /** Grows with every order to this minion. */
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

/** What every order says; signed at the moment of delivery (docs/design.md F3). */
export const orderBody = z.discriminatedUnion('kind', [runBody, openBody])
export type OrderBody = RunOrderBody | OpenOrderBody

/** Apply (or, with `test`, only plan) a catalog. */
const applyPayload = z.strictObject({
  kind: z.literal('apply'),
  test: z.boolean(),
  origin: z.enum(['order', 'boot']),
  catalog: blob,
  /** Absent when the catalog has no slots. */
  box: z.optional(blob),
  /** Grows with every catalog made for this minion. */
  generation: size,
  /** `signCatalog` of the above. */
  signature: bytes,
})
export type ApplyPayload = Wire<typeof applyPayload>

/** End the run of this order's id. */
const cancelPayload = z.strictObject({ kind: z.literal('cancel') })
export type CancelPayload = Wire<typeof cancelPayload>

/** Open a session and carry it over this channel of the link. */
const openPayload = z.strictObject({
  kind: z.literal('open'),
  channel: size,
  /** Who asked for it, for the minion's own journal. */
  operator: z.string().check(z.maxLength(256)),
  request: sessionRequest,
})
export type OpenPayload = WireInput<typeof openPayload>

export const orderPayload = z.discriminatedUnion('kind', [applyPayload, cancelPayload, openPayload])
export type OrderPayload = ApplyPayload | CancelPayload | OpenPayload
