import { catalogCache, type SignedCatalog } from '../../../minion/jobs/catalog-cache.ts'
import { KnownSecrets } from '../../../minion/jobs/known-secrets.ts'
import { minionPaths } from '../../../minion/jobs/run-catalog.ts'
import type { RunnerDeps } from '../../../minion/jobs/runner.ts'
import { openOutbox } from '../../../minion/link/outbox.ts'
import { type Catalog, encodeCatalog, sha256Of } from '../../../protocol/catalog.ts'
import type { FleetId, MinionId, RunId, Sha256 } from '../../../protocol/ids.ts'
import { signCatalog } from '../../../protocol/order.ts'
import { ed25519PrivateKey, keyHash, rawPublicKey, x25519PrivateKey } from '../../../protocol/signature.ts'
import { createRegistry } from '../../../states/registry.ts'

export const RUN = 'run-00000000000000000000000001' as RunId
export const OTHER = 'run-00000000000000000000000002' as RunId
export const master = ed25519PrivateKey(new Uint8Array(32).fill(1))
const identityKey = ed25519PrivateKey(new Uint8Array(32).fill(2))
const sealingKey = x25519PrivateKey(new Uint8Array(32).fill(3))
export const who = { identity: { id: 'db1' as MinionId, identityKey, sealingKey }, registry: createRegistry([]) }

/** What a runner of this state directory needs; whatever it says goes nowhere unless that is changed. */
export function runnerDeps(directory: string, changes: Partial<RunnerDeps> = {}): RunnerDeps {
  return {
    stateDirectory: directory,
    registry: who.registry,
    cache: catalogCache(directory),
    outbox: openOutbox(minionPaths(directory).outbox),
    secrets: new KnownSecrets(),
    bootId: 'b',
    now: Date.now,
    probe: () => Promise.resolve(),
    link: { send: () => true, offerReports: () => Promise.resolve() },
    log: () => undefined,
    ...changes,
  }
}

/** A catalog without states. */
export function signed(generation: number): SignedCatalog {
  const catalog: Catalog = {
    format: 1,
    fleet: 'fleet-one' as FleetId,
    minion: 'db1' as MinionId,
    level: 'staging',
    roles: [`generation-${generation}`],
    revision: '0'.repeat(64) as Sha256,
    states: [],
    slots: [],
    blobs: [],
    stateTypes: {},
  }
  const bytes = encodeCatalog(catalog)
  const minionKey = keyHash(rawPublicKey(identityKey))
  const claim = { fleet: 'fleet-one', minionKey, catalog: sha256Of(bytes), generation }
  return { catalog: bytes, box: undefined, generation, signature: signCatalog(master, claim) }
}
