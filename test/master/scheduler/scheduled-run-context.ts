import { generateKeyPairSync } from 'node:crypto'
import type { Links } from '../../../master/context.ts'
import { RunDispatcher } from '../../../master/jobs/dispatcher.ts'
import type { carryOut } from '../../../master/scheduler/scheduled-run.ts'
import { createTurns } from '../../../master/scheduler/turns.ts'
import type { Store } from '../../../master/store/open.ts'

/** The context of a scheduled run: a real store and dispatcher, and minions that are all online and never answer. */
export function scheduledRunContext(store: Store, now: () => number): Parameters<typeof carryOut>[0] {
  let counter = 0
  const refuse = (): never => {
    throw new Error('a scheduled run does not do that')
  }
  const links: Links = {
    isOnline: () => true,
    order: () => true,
    allow: () => undefined,
    ping: refuse,
    largestWindow: refuse,
    roundTripMs: refuse,
    answerBoot: refuse,
    tell: refuse,
    disconnect: refuse,
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  const deps = { store, links, keyStore: store.keys, master: privateKey, fleet: 'f', now }
  const random = (size: number): Uint8Array => new Uint8Array(size).fill(++counter)
  return { store, now, random, links, dispatcher: new RunDispatcher(deps), turns: createTurns() }
}
