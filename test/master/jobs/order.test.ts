import { generateKeyPairSync } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import type { ControlContext } from '../../../master/context.ts'
import type { CompiledMinion } from '../../../master/control/compile-minions.ts'
import type { FleetSnapshot } from '../../../master/control/snapshot.ts'
import { createSnapshotOrder } from '../../../master/control/snapshot-order.ts'
import { type Demand, type OrderedJob, orderJob, prepareRuns } from '../../../master/jobs/order.ts'
import { encodedOnce } from '../../../master/jobs/rounds.ts'
import type { MinionId, Sha256 } from '../../../protocol/ids.ts'
import { fingerprintOf, rawPublicKey } from '../../../protocol/signature.ts'
import { type Fixture, openFixture } from '../store/fixture.ts'

const GOOD = 'good' as MinionId
const WEAK = 'weak' as MinionId

function accept({ store }: Fixture, minion: MinionId, sealingKey: Uint8Array): void {
  const key = rawPublicKey(generateKeyPairSync('ed25519').publicKey)
  store.keys.addPending({ minion, key, fingerprint: fingerprintOf(key), sealingKey })
  store.keys.accept(minion, fingerprintOf(key), 'test')
}

const SNAPSHOT = {
  ordinal: 1,
  fleet: { revision: 'a'.repeat(64) as Sha256 },
  git: undefined,
} as unknown as FleetSnapshot

const WISH = {
  verb: 'apply',
  origin: 'order',
  target: '*',
  operator: 'test',
  options: {},
  git: undefined,
  expiresAt: '2026-11-22T00:00:00.000Z',
} as const

function contextOf({ store }: Fixture): ControlContext {
  let counter = 0
  return {
    store,
    keyStore: store.keys,
    now: () => Date.parse('2026-11-21T03:00:00Z'),
    random: (size: number) => new Uint8Array(size).fill(++counter),
    ephemeralKey: () => generateKeyPairSync('x25519').privateKey,
    snapshots: createSnapshotOrder(),
  } as unknown as ControlContext
}

function compiledFor(minions: readonly MinionId[]): readonly CompiledMinion[] {
  return minions.map((id): CompiledMinion => {
    const catalog = { format: 1, minion: id, states: [], blobs: [] } as never
    return {
      minion: { id } as never,
      compiled: { catalog, secrets: ['hidden'], blobs: new Map() } as never,
      wave: 0,
      awaits: [],
    }
  })
}

async function order(fixture: Fixture, minions: readonly MinionId[], demand?: Demand): Promise<OrderedJob> {
  const context = contextOf(fixture)
  return orderJob(context, SNAPSHOT, WISH, await prepareRuns(context, compiledFor(minions)), demand)
}

function scene(): Fixture {
  const fixture = openFixture()
  accept(fixture, GOOD, rawPublicKey(generateKeyPairSync('x25519').publicKey))
  accept(fixture, WEAK, new Uint8Array(32))
  return fixture
}

it('a minion whose sealing key is all zeros is left out of a job, and the others get their runs', async () => {
  const fixture = scene()

  const { job, unsealed } = await order(fixture, [GOOD, WEAK])

  expect(fixture.store.runs.ofJob(job).map(({ minion }) => minion)).toEqual([GOOD])
  expect(unsealed.map(({ minion, problems }) => `${minion.id} ${problems[0]?.code}`)).toEqual(['weak SEALING_FAILED'])
})

it('a job that requires all minions is not stored if one of them cannot be sealed to', async () => {
  const fixture = scene()

  await expect(order(fixture, [GOOD, WEAK], 'all')).rejects.toThrow('secrets cannot be encrypted for weak')
  expect(fixture.store.jobs.list(10)).toEqual([])
})

it('a job for only a minion that cannot be sealed to is refused with the reason', async () => {
  const fixture = scene()

  await expect(order(fixture, [WEAK])).rejects.toThrow('secrets cannot be encrypted for weak')
  expect(fixture.store.jobs.list(10)).toEqual([])
})

it('a minion that joined with another key while its content was sealed is left out of the job', async () => {
  const fixture = scene()
  const { store } = fixture
  const context = contextOf(fixture)
  const prepared = await prepareRuns(context, compiledFor([GOOD]))
  store.keys.revoke(GOOD, prepared.runs[0]?.key.fingerprint ?? ('' as never), 'test')
  accept(fixture, GOOD, rawPublicKey(generateKeyPairSync('x25519').publicKey))

  const { job, unsealed } = orderJob(context, SNAPSHOT, WISH, prepared, 'none')

  expect(store.runs.ofJob(job)).toEqual([])
  expect(unsealed.map(({ minion, problems }) => `${minion.id} ${problems[0]?.code}`)).toEqual(['good KEY_REVOKED'])
})

it('catalogs are stored in slices that let other work run in between', async () => {
  const commits = async (size: number): Promise<number> => {
    const fixture = openFixture()
    const minions = Array.from({ length: size }, (_, index) => `m${index}` as MinionId)
    for (const minion of minions) accept(fixture, minion, rawPublicKey(generateKeyPairSync('x25519').publicKey))
    const run = vi.spyOn(fixture.store.commits, 'run')
    const { runs } = await prepareRuns(contextOf(fixture), compiledFor(minions))
    expect(runs).toHaveLength(size)
    return run.mock.calls.length
  }

  expect([await commits(20), await commits(40), await commits(80)]).toEqual([1, 2, 4])
})

it('a catalog is encoded once to be compared with the one before, and stored as it was encoded', async () => {
  const fixture = scene()
  let encoded = 0
  const catalog = {
    format: 1,
    minion: GOOD,
    blobs: [],
    get states() {
      encoded += 1
      return []
    },
  }
  const [compiled] = compiledFor([GOOD])
  if (compiled === undefined) throw new Error('nothing was compiled')
  const one = encodedOnce({ ...compiled, compiled: { ...compiled.compiled, catalog: catalog as never } })
  const before = encoded

  const { runs } = await prepareRuns(contextOf(fixture), [one])

  expect(runs[0]?.blobs.catalog).toBe(one.sha256)
  expect(fixture.store.blobs.get(one.sha256)).toEqual(one.encoded)
  // The facts of its exports are taken from the object.
  expect(encoded - before).toBe(1)
})
