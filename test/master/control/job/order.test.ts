import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import type { CompiledMinion } from '../../../../master/control/compile-minions.ts'
import type { ControlContext } from '../../../../master/control/context.ts'
import { type Demand, orderJob } from '../../../../master/control/job/order.ts'
import { createSnapshotOrder } from '../../../../master/control/job/snapshot-order.ts'
import type { FleetSnapshot } from '../../../../master/control/snapshot.ts'
import type { MinionId, Sha256 } from '../../../../protocol/ids.ts'
import { fingerprintOf, rawPublicKey } from '../../../../protocol/signature.ts'
import { type Fixture, openFixture } from '../../store/fixture.ts'

const GOOD = 'good' as MinionId
const WEAK = 'weak' as MinionId

function accept({ store }: Fixture, minion: MinionId, sealingKey: Uint8Array): void {
  const key = rawPublicKey(generateKeyPairSync('ed25519').publicKey)
  store.keys.addPending({ minion, key, fingerprint: fingerprintOf(key), sealingKey })
  store.keys.accept(minion, fingerprintOf(key), 'test')
}

function order(fixture: Fixture, minions: readonly MinionId[], demand?: Demand): ReturnType<typeof orderJob> {
  const { store } = fixture
  const context = {
    store,
    keyStore: store.keys,
    now: () => Date.parse('2026-11-21T03:00:00Z'),
    random: (size: number) => new Uint8Array(size).fill(7),
    ephemeralKey: () => generateKeyPairSync('x25519').privateKey,
    snapshots: createSnapshotOrder(),
  } as unknown as ControlContext
  const snapshot = {
    ordinal: 1,
    fleet: { revision: 'a'.repeat(64) as Sha256 },
    git: undefined,
  } as unknown as FleetSnapshot
  const wish = {
    verb: 'apply',
    origin: 'order',
    target: '*',
    operator: 'test',
    options: {},
    git: undefined,
    expiresAt: '2026-11-22T00:00:00.000Z',
  } as const
  const compiled = minions.map((id): CompiledMinion => {
    const catalog = { format: 1, minion: id, states: [], blobs: [] } as never
    return {
      minion: { id } as never,
      compiled: { catalog, secrets: ['hidden'], blobs: new Map() } as never,
      wave: 0,
      awaits: [],
    }
  })
  return orderJob(context, snapshot, wish, compiled, demand)
}

function scene(): Fixture {
  const fixture = openFixture()
  accept(fixture, GOOD, rawPublicKey(generateKeyPairSync('x25519').publicKey))
  accept(fixture, WEAK, new Uint8Array(32))
  return fixture
}

it('a minion whose sealing key is all zeros is left out of a job, and the others get their runs', () => {
  const fixture = scene()

  const { job, unsealed } = order(fixture, [GOOD, WEAK])

  expect(fixture.store.runs.ofJob(job).map(({ minion }) => minion)).toEqual([GOOD])
  expect(unsealed.map(({ minion, problems }) => `${minion.id} ${problems[0]?.code}`)).toEqual(['weak SEALING_FAILED'])
})

it('a job that demands all minions is not stored when one of them cannot be sealed to', () => {
  const fixture = scene()

  expect(() => order(fixture, [GOOD, WEAK], 'all')).toThrow('nothing can be sealed for weak')
  expect(fixture.store.jobs.list(10)).toEqual([])
})

it('a job for nobody but a minion that cannot be sealed to is refused with the reason', () => {
  const fixture = scene()

  expect(() => order(fixture, [WEAK])).toThrow('nothing can be sealed for weak')
  expect(fixture.store.jobs.list(10)).toEqual([])
})
