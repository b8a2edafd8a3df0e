import { type KeyObject } from 'node:crypto'
import { sha256Of } from './catalog.ts'
import { packPlain, unpackPlain } from './codec.ts'
import { AppError, type Problem } from './errors.ts'
import { isRunId, type RunId, type Sha256 } from './ids.ts'
import type { SignedOrder } from './messages.ts'
import { explainShape, neededVersion } from './needed-version.ts'
import {
  type ApplyPayload,
  type CancelPayload,
  type OpenOrderBody,
  type OpenPayload,
  type OrderBody,
  type OrderPayload,
  type OrphanWish,
  orderBody,
  orderPayload,
  type RunOrderBody,
} from './order-schema.ts'
import { signFor, verifyFor } from './signature.ts'

export type { ApplyPayload, CancelPayload, OpenOrderBody, OpenPayload, OrderBody, OrderPayload, OrphanWish }

/** A verified order. */
export type OpenedOrder =
  | { readonly kind: 'run'; readonly body: RunOrderBody; readonly payload: ApplyPayload | CancelPayload }
  | { readonly kind: 'session'; readonly body: OpenOrderBody; readonly payload: OpenPayload }

/** What the receiver knows about itself. */
export interface OrderExpectation {
  readonly fleet: string
  readonly masterKey: Uint8Array
  readonly minionKey: Uint8Array
  readonly highestSequence: number
  /** This host's clock, adjusted by the offset from the handshake. */
  readonly now: number
}

type Unsealed<Body> = Body extends OrderBody ? Omit<Body, 'kind' | 'payload' | 'needs'> : never

export function signOrder(key: KeyObject, body: Unsealed<OrderBody>, payload: OrderPayload): SignedOrder {
  const payloadBytes = packPlain(payload)
  const needs = neededVersion('order', { body, payload })
  const bytes = packPlain({ ...body, kind: payload.kind, payload: sha256Of(payloadBytes), needs })
  return { type: 'order', body: bytes, payload: payloadBytes, signature: signFor('order', key, [bytes]) }
}

/**
 * An authentic order of this master for this minion that is refused: it is late, repeated, or has a shape that this minion does
 * not know. It is answered, so that nothing on the master waits for it.
 */
export class RefusedOrder extends AppError {
  /** The run concerned; undefined for a session. */
  readonly run: RunId | undefined
  /** The channel of the session; undefined for a run, or when the order was not understood. */
  readonly channel: number | undefined

  constructor(problem: Problem, { run, channel }: { readonly run?: RunId | undefined; readonly channel?: number }) {
    super(problem)
    this.run = run
    this.channel = channel
  }
}

/**
 * Verifies an order. Throws ORDER_REFUSED, which says which of signature, shape, fleet, minion or sequence was wrong, or
 * ORDER_EXPIRED when it is only too late; as a RefusedOrder when the order is authentic. Pure.
 */
export function openOrder(order: SignedOrder, expected: OrderExpectation): OpenedOrder {
  const hint = 'Run the command on the master again.'
  const refuse = (message: string): never => {
    throw new AppError({ code: 'ORDER_REFUSED', message, hint })
  }
  if (!verifyFor('order', expected.masterKey, [order.body], order.signature)) {
    refuse('the order is not signed by the master of this session')
  }
  const given = unpackPlain(order.body)
  const parsed = orderBody.safeParse(given)
  if (!parsed.success) {
    const message = explainShape('the order', given, parsed.error.issues)
    throw new RefusedOrder({ code: 'ORDER_REFUSED', message, hint }, { run: runNamedIn(given, expected) })
  }
  const body = parsed.data as OrderBody
  if (body.fleet !== expected.fleet)
    refuse(`the order is for the fleet \`${body.fleet}\`, this is \`${expected.fleet}\``)
  if (Buffer.compare(body.minionKey, expected.minionKey) !== 0) refuse('the order is for another minion')
  if (sha256Of(order.payload) !== body.payload) refuse('the payload is not the one that was signed')
  const payload = orderPayload.safeParse(unpackPlain(order.payload))
  if (!payload.success) {
    const message = explainShape('the payload of the order', body, payload.error.issues)
    throw new RefusedOrder({ code: 'ORDER_REFUSED', message, hint }, { run: runNamedIn(body, expected) })
  }
  const checked = payload.data as OrderPayload
  if (checked.kind !== body.kind) refuse('the payload does not match the kind of the order')
  const opened = { kind: checked.kind === 'open' ? 'session' : 'run', body, payload: checked } as OpenedOrder
  if (body.sequence <= expected.highestSequence) {
    const message = `the order has sequence ${body.sequence}, ${expected.highestSequence} was already accepted: a replay`
    throw new RefusedOrder({ code: 'ORDER_REFUSED', message, hint }, about(opened))
  }
  if (expected.now > body.expiresAt) {
    const [until, now] = [body.expiresAt, expected.now].map(ms => new Date(ms).toISOString())
    const message = `the order expired at ${until}, and by the clock of the master it is ${now} on this minion`
    throw new RefusedOrder({ code: 'ORDER_EXPIRED', message, hint }, about(opened))
  }
  return opened
}

function about(order: OpenedOrder): { readonly run?: RunId; readonly channel?: number } {
  return order.kind === 'run' ? { run: order.body.run } : { channel: order.payload.channel }
}

/** The run of a signed order, if it can be read and is for this minion. */
function runNamedIn(given: unknown, { fleet, minionKey }: OrderExpectation): RunId | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const { run, fleet: of, minionKey: key } = given as { readonly [name: string]: unknown }
  const isMine = of === fleet && key instanceof Uint8Array && Buffer.compare(key, minionKey) === 0
  return isMine && typeof run === 'string' && isRunId(run) ? run : undefined
}

/** What a catalog's signature covers. It does not expire, so that a cached catalog can be used at boot. */
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
