import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeCatalog, sha256Of } from '../../protocol/catalog.ts'
import { decodeFromMaster, decodeFromMinion, decodeHandshake, packPlain } from '../../protocol/codec.ts'
import { canonicalJson } from '../../protocol/json.ts'
import { neededVersion } from '../../protocol/needed-version.ts'
import { openOrder } from '../../protocol/order.ts'
import { decodeReport } from '../../protocol/report-codec.ts'
import { rawPublicKey, signFor } from '../../protocol/signature.ts'
import { knowsMessage, MESSAGES_SINCE } from '../../protocol/version.ts'
import { newReport } from '../master/store/rows.ts'
import { EVERY_FROM_MASTER, EVERY_FROM_MINION } from './every-message.ts'

/** A master and a minion of different versions. */

/** Adds a member that no version knows to every map of a value, except maps whose keys are data. */
function newer(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map(item => newer(item))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const members = Object.entries(value).map(([key, item]) => [key, newer(item, key)])
  const isData = ['stateTypes', 'counts', 'exports'].includes(name)
  return Object.fromEntries(isData ? members : [...members, ['fromTheFuture', { deep: [1] }]])
}

const problem = { code: 'NOT_KNOWN_YET', message: 'm', hint: 'h', source: { file: 'f', line: 1, column: 1 } } as never

describe('a newer minion', () => {
  const messages = [
    ...Object.values(EVERY_FROM_MINION),
    { type: 'refused', run: EVERY_FROM_MINION.refused.run, problem },
    { type: 'channel-ended', channel: 1, end: { problem } },
  ]

  it.each(messages)('a master accepts unknown members in the message `$type` of a newer minion', message => {
    expect(decodeFromMinion(packPlain(newer(message)))).toEqual(message)
  })

  it('a master accepts unknown members in the handshake of a newer minion', () => {
    const hello = { type: 'client-hello', versions: [1], role: 'minion', nonce: new Uint8Array(32) }
    const keys = { key: new Uint8Array(32), sealingKey: new Uint8Array(32), counter: 1 }
    const signed = { sealingSignature: new Uint8Array(64), signature: new Uint8Array(64) }
    const join = { token: 'a'.repeat(16), signature: new Uint8Array(64) }
    const proof = { type: 'client-proof', id: 'db1', ...keys, ...signed, join }

    expect(decodeHandshake(packPlain(newer(hello)))).toEqual(hello)
    expect(decodeHandshake(packPlain(newer(proof)))).toEqual(proof)
  })

  it('a master accepts unknown members in every part of the report of a newer minion', () => {
    const report = newReport(1, {
      state: 'failed',
      problem,
      checks: [{ key: 'r/c', outcome: 'failed', durationMs: 1, problem }],
      orphans: [{ thing: 'file:/a', key: 'r/t/i' as never, role: 'r', declaredAt: [], made: true }],
      owed: [{ state: 'a/b.c/d' as never, cause: 'a/b.c/e' as never }],
      observed: {
        at: '2026-11-30T00:00:00.000Z',
        sockets: [{ proto: 'tcp', address: '::', port: 22 }],
        mounts: [{ path: '/', device: '/dev/vda', fsType: 'ext4' }],
        addresses: ['192.0.2.1'],
        answers: [{ port: 22, answers: false, reason: 'ECONNREFUSED' }],
        certificates: [{ state: 'r/t/i' as never, path: '/c' }],
      },
    })
    const bytes = new TextEncoder().encode(canonicalJson(newer(report)))

    expect(decodeReport(bytes)).toEqual(report)
  })
})

it('a message that a newer version brought is known to that version and to later ones, and a message of version 1 to all', () => {
  expect(knowsMessage(1, 'minion/pong')).toBe(true)
  expect(knowsMessage(0, 'minion/pong')).toBe(false)
  for (const [message, since] of Object.entries(MESSAGES_SINCE)) {
    expect(knowsMessage(since - 1, message as 'minion/pong')).toBe(false)
    expect(knowsMessage(since, message as 'minion/pong')).toBe(true)
  }
})

it('a master accepts the report of an older minion without members that were added later', () => {
  const full = newReport(1, { state: 'done' })
  const { job: _job, checks: _checks, observed: _observed, orphans: _orphans, exports: _exports, ...oldest } = full

  expect(decodeReport(new TextEncoder().encode(canonicalJson(oldest)))).toEqual(oldest)
})

describe('a newer master', () => {
  const master = generateKeyPairSync('ed25519').privateKey
  const run = EVERY_FROM_MINION.accepted.run
  const body = {
    fleet: 'f',
    minionKey: new Uint8Array(32),
    sequence: 1,
    issuedAt: 0,
    expiresAt: 9,
    kind: 'cancel',
    run,
    job: run.replace('run', 'job'),
  }
  const refusal = (extraBody: object, extraPayload: object): string => {
    const payload = packPlain({ kind: 'cancel', ...extraPayload })
    const bytes = packPlain({ ...body, payload: sha256Of(payload), ...extraBody })
    const order = { type: 'order', body: bytes, payload, signature: signFor('order', master, [bytes]) } as const
    const expected = { fleet: 'f', masterKey: rawPublicKey(master), minionKey: new Uint8Array(32) }
    try {
      openOrder(order, { ...expected, highestSequence: 0, now: 1 })
      return 'taken'
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      return `${code}: ${message}`
    }
  }

  it('a minion refuses an order of a newer master with unknown members and names the required version', () => {
    const words = 'which this version of Saltern does not know: it needs'
    const newest = { needs: '9.1.0' }

    expect(refusal({}, {})).toBe('taken')
    expect(refusal(newest, {})).toBe('taken')
    expect(refusal({ onlyAt: 5, ...newest }, {})).toBe(
      `ORDER_REFUSED: the order has \`onlyAt\`, ${words} version 9.1.0`,
    )
    expect(refusal(newest, { gently: true })).toBe(
      `ORDER_REFUSED: the payload of the order has \`gently\`, ${words} version 9.1.0`,
    )
    expect(refusal({ onlyAt: 5 }, {})).toBe(`ORDER_REFUSED: the order has \`onlyAt\`, ${words} a newer version`)
  })

  it('a minion refuses a catalog of a newer master with unknown state members and names the required version', () => {
    const state = {
      key: 'r/file.managed/a',
      type: 'file.managed',
      id: 'a',
      name: '/a',
      role: 'r',
      declaredAt: [],
      params: { anything: { goes: 1 } },
      requisites: {},
      guards: {},
    }
    const catalog = {
      format: 1,
      fleet: 'f',
      minion: 'db1',
      level: 'production',
      roles: [],
      revision: 'a'.repeat(64),
      states: [state],
      slots: [],
      blobs: [],
      stateTypes: {},
    }
    const decode = (value: object) => decodeCatalog(new TextEncoder().encode(canonicalJson(value)))

    expect(decode(catalog)).toEqual(catalog)
    expect(() => decode({ ...catalog, needs: '9.1.0', states: [{ ...state, onlyAfter: 'x' }] })).toThrow(
      'the catalog has `states.0.onlyAfter`, which this version of Saltern does not know: it needs version 9.1.0',
    )
    expect(() => decode({ ...catalog, states: 3 })).toThrow(
      'another shape than this version of Saltern knows, at `states`',
    )
  })

  it.each(Object.values(EVERY_FROM_MASTER))(
    'a minion refuses the message `$type` of a newer master with an unknown member',
    message => {
      expect(() => decodeFromMaster(packPlain({ ...message, fromTheFuture: 1 }))).toThrow(
        expect.objectContaining({ code: 'MESSAGE_INVALID' }),
      )
    },
  )

  it('an order requires a newer version only when it uses a member that came with it', () => {
    const change = (version: string, adds: readonly string[]) => ({ version, what: '', adds, schemas: {} })
    const changes = [
      change('0.2.0', ['catalog.states.*.gently']),
      change('0.3.0', ['catalog.later', 'order.body.soon']),
    ]
    const needed = (kind: 'catalog' | 'order', value: object) => neededVersion(kind, value, changes)

    expect(needed('catalog', { states: [{}, {}] })).toBeUndefined()
    expect(needed('catalog', { states: [{}, { gently: true }] })).toBe('0.2.0')
    expect(needed('catalog', { states: [{ gently: true }], later: 0 })).toBe('0.3.0')
    expect(needed('order', { body: { soon: undefined }, payload: {} })).toBeUndefined()
    expect(needed('order', { body: { soon: 1 }, payload: {} })).toBe('0.3.0')
  })
})
