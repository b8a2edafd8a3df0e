import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { catalogCache } from '../../../minion/jobs/catalog-cache.ts'
import { OrderTaker } from '../../../minion/jobs/order-taker.ts'
import type { Connection } from '../../../minion/link/connect.ts'
import { loadNumbers } from '../../../minion/link/durable-state.ts'
import { type BlobRef, sha256Of } from '../../../protocol/catalog.ts'
import type { RunId } from '../../../protocol/ids.ts'
import { signCatalog, signOrder } from '../../../protocol/order.ts'
import { keyHash, rawPublicKey } from '../../../protocol/signature.ts'
import { master, signed, who } from './runner-scene.ts'

const FLEET = 'fleet-one'
const minionKey = keyHash(rawPublicKey(who.identity.identityKey))
const connection = {
  certificate: { fleet: FLEET, masterKey: rawPublicKey(master) },
  masterClock: { now: () => 1 },
} as unknown as Connection

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-orders-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** A minion that opens the catalog of each order at once; `fetched` are the blobs that it asked the master for. */
async function scene(isConnected = true) {
  const fetched: BlobRef[] = []
  const opened: string[] = []
  const contents = new Map([1, 2].map(generation => [sha256Of(signed(generation).catalog), signed(generation).catalog]))
  const fetch = async (ref: BlobRef): Promise<Uint8Array> => {
    fetched.push(ref)
    return contents.get(ref.sha256) ?? new Uint8Array()
  }
  const taker = new OrderTaker({
    ...who,
    numbers: await loadNumbers(directory),
    cache: catalogCache(directory),
    boot: { inLine: () => ({}) as never },
    runner: {
      enqueue: async ({
        open,
      }: {
        open: (signal: AbortSignal) => Promise<{ catalog: { roles: readonly string[] } }>
      }) => {
        opened.push(...(await open(new AbortController().signal)).catalog.roles)
      },
    } as never,
    channels: { open: () => undefined },
    link: { send: () => true, blobs: { fetch }, connected: isConnected } as never,
    signal: new AbortController().signal,
    log: () => undefined,
    onHighstate: () => undefined,
  })
  let sequence = 0
  /** Orders the catalog `content` as the next generation. */
  const order = async (content: 1 | 2): Promise<void> => {
    sequence += 1
    const { catalog } = signed(content)
    const ref = { sha256: sha256Of(catalog), size: catalog.length }
    const claim = { fleet: FLEET, minionKey, catalog: ref.sha256, generation: sequence }
    const ids = {
      run: `run-${String(sequence).padStart(26, '0')}` as RunId,
      job: 'job-01jd3v0000000000000000000a' as never,
    }
    const body = { fleet: FLEET, minionKey, sequence, issuedAt: 0, expiresAt: 2_000, ...ids }
    const signature = signCatalog(master, claim)
    const payload = {
      kind: 'apply',
      test: false,
      origin: 'order',
      catalog: ref,
      generation: sequence,
      signature,
    } as const
    await taker.take(signOrder(master, body, payload), connection, 1)
  }
  return { order, fetched, opened }
}

it.each([1, 2, 4])('a minion that gets %d orders with the same catalog fetches it once', async count => {
  const { order, fetched, opened } = await scene()
  for (let given = 0; given < count; given++) await order(1)

  expect(opened).toEqual(Array.from({ length: count }, () => 'generation-1'))
  expect(fetched).toHaveLength(1)
})

it('a minion fetches a catalog that differs from the one it has', async () => {
  const { order, fetched, opened } = await scene()
  for (const content of [1, 2, 2, 1] as const) await order(content)

  expect(opened).toEqual(['generation-1', 'generation-2', 'generation-2', 'generation-1'])
  expect(fetched).toHaveLength(3)
})

it('a minion fetches its catalog again when the stored one was altered', async () => {
  const { order, fetched, opened } = await scene()
  await order(1)
  const path = join(directory, 'catalog.json')
  const stored = JSON.parse(readFileSync(path, 'utf8')) as { catalog: string }
  const altered = Buffer.from(stored.catalog, 'base64')
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
  writeFileSync(path, JSON.stringify({ ...stored, catalog: altered.toString('base64') }))
  await order(1)
  writeFileSync(path, '{')
  await order(1)

  expect(opened).toEqual(['generation-1', 'generation-1', 'generation-1'])
  expect(fetched).toHaveLength(3)
})

it('a catalog that the minion has is fetched again while there is no link, so that a revoked minion starts nothing', async () => {
  const { order, fetched } = await scene(false)

  await order(1)
  await order(1)

  expect(fetched).toHaveLength(2)
})
