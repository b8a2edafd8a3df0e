import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256Of } from '../../protocol/catalog.ts'
import { AppError } from '../../protocol/errors.ts'
import type { JobId, RunId } from '../../protocol/ids.ts'
import { type ApplyPayload, type OrderExpectation, openOrder, RefusedOrder, signOrder } from '../../protocol/order.ts'
import { ed25519PrivateKey, keyHash, rawPublicKey } from '../../protocol/signature.ts'

const master = ed25519PrivateKey(randomBytes(32))
const other = ed25519PrivateKey(randomBytes(32))
const minionKey = keyHash(rawPublicKey(ed25519PrivateKey(randomBytes(32))))
const NOW = Date.parse('2026-11-21T00:00:00Z')

const BODY = {
  fleet: 'fleet-one',
  run: 'run-00000000000000000000000000' as RunId,
  job: 'job-00000000000000000000000000' as JobId,
  minionKey,
  sequence: 7,
  issuedAt: NOW,
  expiresAt: NOW + 300_000,
}
const PAYLOAD: ApplyPayload = {
  kind: 'apply',
  test: false,
  origin: 'order',
  catalog: { sha256: sha256Of('catalog'), size: 7 },
  generation: 3,
  signature: new Uint8Array(64),
}
const EXPECTED: OrderExpectation = {
  fleet: 'fleet-one',
  masterKey: rawPublicKey(master),
  minionKey,
  highestSequence: 6,
  now: NOW + 1000,
}

function refusal(order: Parameters<typeof openOrder>[0], expected: Partial<OrderExpectation> = {}): string {
  try {
    openOrder(order, { ...EXPECTED, ...expected })
    return 'opened'
  } catch (error) {
    return error instanceof AppError ? `${error.code} ${error.message}` : `no AppError: ${String(error)}`
  }
}

describe('an order', () => {
  const order = signOrder(master, BODY, PAYLOAD)

  it('an order opens for the minion it is addressed to', () => {
    expect(openOrder(order, EXPECTED).payload).toEqual(PAYLOAD)
  })

  it.each([
    ['replayed', { highestSequence: 7 }, 'ORDER_REFUSED the order has sequence 7, 7 was already accepted: a replay'],
    [
      'expired',
      { now: NOW + 300_001 },
      'ORDER_EXPIRED the order expired at 2026-11-21T00:05:00.000Z, and by the clock of the master it is 2026-11-21T00:05:00.001Z on this minion',
    ],
    ['for another minion', { minionKey: new Uint8Array(32) }, 'ORDER_REFUSED the order is for another minion'],
    [
      'for another fleet',
      { fleet: 'fleet-two' },
      'ORDER_REFUSED the order is for the fleet `fleet-one`, this is `fleet-two`',
    ],
    [
      'of another master',
      { masterKey: rawPublicKey(other) },
      'ORDER_REFUSED the order is not signed by the master of this session',
    ],
  ])('an order that is %s is refused with the exact reason', (_name, expected, words) => {
    expect(refusal(order, expected)).toBe(words)
  })

  it.each([
    ['expired', { now: NOW + 300_001 }],
    ['replayed', { highestSequence: 7 }],
  ])('a genuine order that is %s names its run in the refusal, so that it can be answered', (_name, expected) => {
    try {
      openOrder(order, { ...EXPECTED, ...expected })
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(RefusedOrder)
      expect((error as RefusedOrder).run).toBe(BODY.run)
    }
  })

  it('a genuine order with unknown content names its run in the refusal', () => {
    const newer = signOrder(master, BODY, { ...PAYLOAD, later: true } as ApplyPayload)
    const fromOther = signOrder(master, { ...BODY, minionKey: new Uint8Array(32) }, {
      ...PAYLOAD,
      later: true,
    } as ApplyPayload)
    const caught = [newer, fromOther].map(one => {
      try {
        return openOrder(one, EXPECTED)
      } catch (error) {
        return error
      }
    })

    expect(caught[0]).toBeInstanceOf(RefusedOrder)
    expect((caught[0] as RefusedOrder).run).toBe(BODY.run)
    expect(caught[1]).not.toBeInstanceOf(RefusedOrder)
  })

  it('a forged order names no run in the refusal, expired or not', () => {
    const forged = { ...order, signature: new Uint8Array(64) }
    const open = (): unknown => openOrder(forged, { ...EXPECTED, now: NOW + 300_001 })
    expect(open).toThrow(AppError)
    expect(open).not.toThrow(RefusedOrder)
  })

  it('an order with any bit of body, payload or signature flipped is refused', () => {
    const parts = ['body', 'payload', 'signature'] as const
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.nat(), fc.integer({ min: 0, max: 7 }), (part, at, bit) => {
        const bytes = new Uint8Array(order[part])
        const index = at % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)

        expect(refusal({ ...order, [part]: bytes })).toMatch(/^ORDER_REFUSED /)
      }),
    )
  })
})
