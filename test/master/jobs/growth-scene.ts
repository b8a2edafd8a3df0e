import { generateKeyPairSync } from 'node:crypto'
import type { Links, UnsignedOrder } from '../../../master/context.ts'
import { RunDispatcher } from '../../../master/jobs/dispatcher.ts'
import type { Dispatcher } from '../../../master/jobs/dispatcher-port.ts'
import type { Store } from '../../../master/store/open.ts'
import { type Catalog, encodeCatalog } from '../../../protocol/catalog.ts'
import {
  type FleetId,
  type JobId,
  type MinionId,
  newJobId,
  newRunId,
  type RunId,
  type Sha256,
} from '../../../protocol/ids.ts'
import { fingerprintOf, rawPublicKey } from '../../../protocol/signature.ts'
import { openFixture } from '../store/fixture.ts'
import { START } from '../store/rows.ts'

/** A dispatcher on a real store, with online minions that only receive what they are sent. */
export interface DispatcherScene {
  readonly store: Store
  readonly dispatcher: Dispatcher
  readonly links: Links
  readonly online: Set<MinionId>
  readonly sent: { readonly minion: MinionId; readonly order: UnsignedOrder }[]
  /** Work deferred to a later turn of the event loop, in order. */
  readonly later: (() => void)[]
  /** Creates `count` accepted, online minions and a new job with one run for each. */
  orderFor(count: number, wave?: (index: number) => number): { readonly job: JobId; readonly runs: readonly RunId[] }
  readonly minions: readonly MinionId[]
}

export function dispatcherScene(): DispatcherScene {
  const { store } = openFixture()
  const online = new Set<MinionId>()
  const sent: { readonly minion: MinionId; readonly order: UnsignedOrder }[] = []
  const later: (() => void)[] = []
  const minions: MinionId[] = []
  const refuse = (): never => {
    throw new Error('a dispatcher does not do that')
  }
  const links: Links = {
    isOnline: minion => online.has(minion),
    order: (minion, order) => {
      if ('run' in order) sent.push({ minion, order })
      return true
    },
    allow: () => undefined,
    ping: refuse,
    largestWindow: refuse,
    roundTripMs: refuse,
    tell: refuse,
    answerBoot: refuse,
    disconnect: refuse,
  }
  const dispatcher = new RunDispatcher({
    store,
    links,
    keyStore: store.keys,
    master: generateKeyPairSync('ed25519').privateKey,
    fleet: 'fleet-1',
    now: () => START,
    defer: work => void later.push(work),
    commits: {
      add: (work, after) => {
        later.push(() => {
          const value = store.together(work)
          after(() => value)
        })
      },
    },
  })
  let counter = 0
  const random = (size: number): Uint8Array => {
    counter += 1
    return Uint8Array.from({ length: size }, (_, index) => (counter >> (8 * (index % 3))) & 255)
  }
  const catalog = store.blobs.put(encodeCatalog(emptyCatalog())).sha256
  return {
    store,
    dispatcher,
    links,
    online,
    sent,
    later,
    minions,
    orderFor(count, wave = () => 0) {
      while (minions.length < count) {
        const minion = `m${minions.length}` as MinionId
        const key = rawPublicKey(generateKeyPairSync('ed25519').publicKey)
        const fingerprint = fingerprintOf(key)
        store.together(() => {
          store.keys.addPending({ minion, fingerprint, key, sealingKey: new Uint8Array(32) })
          store.keys.accept(minion, fingerprint, 'root')
        })
        minions.push(minion)
        online.add(minion)
      }
      const job = newJobId(START, random)
      const runs = minions.slice(0, count).map(() => newRunId(START, random))
      const wish = { verb: 'apply', origin: 'order', target: '*', operator: 'root', options: {} } as const
      store.jobs.order(
        { id: job, ...wish, expiresAt: new Date(START + 3_600_000).toISOString() },
        runs.map((id, index) => ({ id, minion: minions[index] as MinionId, wave: wave(index), catalog })),
      )
      return { job, runs }
    },
  }
}

function emptyCatalog(): Catalog {
  return {
    format: 1,
    fleet: 'fleet-1' as FleetId,
    minion: 'm' as MinionId,
    level: 'staging',
    roles: [],
    revision: '0'.repeat(64) as Sha256,
    states: [],
    slots: [],
    blobs: [],
    stateTypes: {},
  }
}
