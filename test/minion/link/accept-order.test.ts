import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { acceptOrder } from '../../../minion/link/accept-order.ts'
import { type DurableNumbers, loadNumbers } from '../../../minion/link/durable-state.ts'
import type { SignedOrder } from '../../../protocol/messages.ts'
import { type OpenedOrder, signOrder } from '../../../protocol/order.ts'
import { rawPublicKey } from '../../../protocol/signature.ts'

const master = generateKeyPairSync('ed25519').privateKey
const minionKey = new Uint8Array(32).fill(7)
const expected = { fleet: 'f', masterKey: rawPublicKey(master), minionKey, now: 1_000 }

let directory: string
let numbers: DurableNumbers

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-accept-'))
  numbers = await loadNumbers(directory)
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function order(sequence: number): SignedOrder {
  const ids = { run: 'run-01jd3v0000000000000000000a' as never, job: 'job-01jd3v0000000000000000000a' as never }
  const body = { fleet: 'f', minionKey, sequence, issuedAt: 0, expiresAt: 2_000, ...ids }
  return signOrder(master, body, { kind: 'cancel' })
}

async function accepted(orders: readonly SignedOrder[]): Promise<readonly (number | string)[]> {
  const take = async (one: SignedOrder): Promise<OpenedOrder> => {
    const { opened, written } = acceptOrder(one, expected, numbers)
    await written
    return opened
  }
  const taken = await Promise.allSettled(orders.map(take))
  return taken.map(one =>
    one.status === 'fulfilled' ? one.value.body.sequence : String((one.reason as { code: string }).code),
  )
}

it('an order that arrives twice while its sequence number is being written runs once', async () => {
  expect(await accepted([order(3), order(3)])).toEqual([3, 'ORDER_REFUSED'])
})

it('an order older than one that is being written is refused', async () => {
  expect(await accepted([order(5), order(4), order(6)])).toEqual([5, 'ORDER_REFUSED', 6])
  expect((await loadNumbers(directory)).current.sequence).toBe(6)
})

it('an order whose sequence number could not be written is not run, and neither is its copy', async () => {
  rmSync(directory, { recursive: true })
  // A file in place of the directory, so every write fails.
  writeFileSync(directory, '')

  expect(await accepted([order(3)])).not.toEqual([3])
  expect(await accepted([order(3)])).toEqual(['ORDER_REFUSED'])
})
