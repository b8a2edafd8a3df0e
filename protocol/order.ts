import { type KeyObject } from 'node:crypto'
import { z } from 'zod/mini'
import type { BlobRef } from './catalog.ts'
import { sha256Of } from './catalog.ts'
import { packPlain, unpackPlain } from './codec.ts'
import { AppError } from './errors.ts'
import { isJobId, isRunId, isSessionId, isSha256, type JobId, type RunId, type SessionId, type Sha256 } from './ids.ts'
import type { SignedOrder } from './messages.ts'
import { type SessionRequest, sessionRequest } from './session-request.ts'
import { signFor, verifyFor } from './signature.ts'

interface AnyOrderBody {
  readonly fleet: string
  /** keyHash of the minion it is for. */
  readonly minionKey: Uint8Array
  /** Grows with every order to this minion. */
  readonly sequence: number
  /** Milliseconds since 1970, by the master's clock. */
  readonly issuedAt: number
  readonly expiresAt: number
  /** SHA-256 of the payload's bytes. */
  readonly payload: Sha256
}

export interface RunOrderBody extends AnyOrderBody {
  readonly kind: 'apply' | 'cancel'
  readonly run: RunId
  readonly job: JobId
}

export interface OpenOrderBody extends AnyOrderBody {
  readonly kind: 'open'
  readonly session: SessionId
}

/** What every order says; signed at the moment of delivery (DECISIONS 3). */
export type OrderBody = RunOrderBody | OpenOrderBody

export type OrderPayload = ApplyPayload | CancelPayload | OpenPayload

/** A verified order. */
export type OpenedOrder =
  | { readonly kind: 'run'; readonly body: RunOrderBody; readonly payload: ApplyPayload | CancelPayload }
  | { readonly kind: 'session'; readonly body: OpenOrderBody; readonly payload: OpenPayload }

/** Apply (or, with `test`, only plan) a catalog. */
export interface ApplyPayload {
  readonly kind: 'apply'
  readonly test: boolean
  readonly origin: 'order' | 'boot'
  readonly catalog: BlobRef
  /** Absent when the catalog has no slots. */
  readonly box?: BlobRef
  /** Grows with every catalog made for this minion. */
  readonly generation: number
  /** `signCatalog` of the above. */
  readonly signature: Uint8Array
}

/** End the run of this order's id. */
export interface CancelPayload {
  readonly kind: 'cancel'
}

/** Open a session and carry it over this channel of the link. */
export interface OpenPayload {
  readonly kind: 'open'
  readonly channel: number
  /** Who asked for it, for the minion's own journal. */
  readonly operator: string
  readonly request: SessionRequest
}

/** What the receiver knows about itself. */
export interface OrderExpectation {
  readonly fleet: string
  readonly masterKey: Uint8Array
  readonly minionKey: Uint8Array
  readonly highestSequence: number
  /** This host's clock, moved by the offset learned in the handshake. */
  readonly now: number
}

type Unsealed<Body> = Body extends OrderBody ? Omit<Body, 'kind' | 'payload'> : never

export function signOrder(key: KeyObject, body: Unsealed<OrderBody>, payload: OrderPayload): SignedOrder {
  const payloadBytes = packPlain(payload)
  const bytes = packPlain({ ...body, kind: payload.kind, payload: sha256Of(payloadBytes) })
  return { type: 'order', body: bytes, payload: payloadBytes, signature: signFor('order', key, [bytes]) }
}

/** The verified order; ORDER_REFUSED says which of signature, fleet, minion, time or sequence was wrong. Pure. */
export function openOrder(order: SignedOrder, expected: OrderExpectation): OpenedOrder {
  const refuse = (message: string): never => {
    throw new AppError({ code: 'ORDER_REFUSED', message, hint: 'Order it again on the master.' })
  }
  if (!verifyFor('order', expected.masterKey, [order.body], order.signature)) {
    refuse('the order is not signed by the master of this session')
  }
  const parsed = orderBody.safeParse(unpackPlain(order.body))
  if (!parsed.success) refuse('the order is not of the shape of this protocol version')
  const body = parsed.data as OrderBody
  if (body.fleet !== expected.fleet)
    refuse(`the order is for the fleet \`${body.fleet}\`, this is \`${expected.fleet}\``)
  if (Buffer.compare(body.minionKey, expected.minionKey) !== 0) refuse('the order is for another minion')
  if (expected.now > body.expiresAt) refuse(`the order expired at ${new Date(body.expiresAt).toISOString()}`)
  if (body.sequence <= expected.highestSequence) {
    refuse(`the order has sequence ${body.sequence}, ${expected.highestSequence} was already accepted: a replay`)
  }
  if (sha256Of(order.payload) !== body.payload) refuse('the payload is not the one that was signed')
  const payload = orderPayload.safeParse(unpackPlain(order.payload))
  if (!payload.success) refuse('the payload is not of the shape of this protocol version')
  const checked = payload.data as OrderPayload
  if (checked.kind !== body.kind) refuse('the payload is of another kind than the order')
  return { kind: checked.kind === 'open' ? 'session' : 'run', body, payload: checked } as OpenedOrder
}

/** What a catalog's signature covers; it does not expire, so that a cached catalog can be used at boot. */
export interface CatalogClaim {
  readonly fleet: string
  readonly minionKey: Uint8Array
  readonly catalog: Sha256
  readonly box?: Sha256
  readonly generation: number
}

export function signCatalog(key: KeyObject, claim: CatalogClaim): Uint8Array {
  return signFor('catalog', key, claimFields(claim))
}

export function verifyCatalog(masterKey: Uint8Array, claim: CatalogClaim, signature: Uint8Array): boolean {
  return verifyFor('catalog', masterKey, claimFields(claim), signature)
}

/** The minion's signature over a report's hash. */
export function signReport(identity: KeyObject, run: RunId, report: Sha256): Uint8Array {
  return signFor('report', identity, [run, report])
}

export function verifyReport(minionKey: Uint8Array, run: RunId, report: Sha256, signature: Uint8Array): boolean {
  return verifyFor('report', minionKey, [run, report], signature)
}

function claimFields({ fleet, minionKey, catalog, box, generation }: CatalogClaim): (Uint8Array | string)[] {
  return [fleet, minionKey, catalog, box ?? '', String(generation)]
}

const sha256 = z.custom<Sha256>(value => typeof value === 'string' && isSha256(value))
const size = z.int().check(z.minimum(0))
const blob = z.strictObject({ sha256, size })

const anyBody = {
  fleet: z.string(),
  minionKey: z.custom<Uint8Array>(value => value instanceof Uint8Array),
  sequence: size,
  issuedAt: z.number(),
  expiresAt: z.number(),
  payload: sha256,
}

const orderBody = z.discriminatedUnion('kind', [
  z.strictObject({
    ...anyBody,
    kind: z.enum(['apply', 'cancel']),
    run: z.custom<RunId>(value => typeof value === 'string' && isRunId(value)),
    job: z.custom<JobId>(value => typeof value === 'string' && isJobId(value)),
  }),
  z.strictObject({
    ...anyBody,
    kind: z.literal('open'),
    session: z.custom<SessionId>(value => typeof value === 'string' && isSessionId(value)),
  }),
])

const orderPayload = z.union([
  z.strictObject({
    kind: z.literal('apply'),
    test: z.boolean(),
    origin: z.enum(['order', 'boot']),
    catalog: blob,
    box: z.optional(blob),
    generation: size,
    signature: z.custom<Uint8Array>(value => value instanceof Uint8Array),
  }),
  z.strictObject({ kind: z.literal('cancel') }),
  z.strictObject({
    kind: z.literal('open'),
    channel: size,
    operator: z.string().check(z.maxLength(256)),
    request: sessionRequest,
  }),
])
