import { expect, it } from 'vitest'
import { furtherRounds } from '../../../master/jobs/rounds.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import { type DispatcherScene, dispatcherScene } from './growth-scene.ts'

/** Runs further rounds after a first one without waiting minions, for a fleet that must not be read. */
function settled(at: DispatcherScene, exportsVersion: string): Promise<unknown> {
  const { job } = at.orderFor(2)
  const unread = new Proxy(
    {},
    {
      get: (_, name) => {
        throw new Error(`the fleet was read again: ${String(name)}`)
      },
    },
  )
  type Context = Parameters<typeof furtherRounds>[0]
  type Rounds = Parameters<typeof furtherRounds>[1]
  const rounds = {
    job,
    snapshot: unread as Rounds['snapshot'],
    minions: [],
    waiting: [],
    leftOut: new Set<MinionId>(),
    applied: new Map(),
    comesAgain: false,
    exportsVersion,
    signal: new AbortController().signal,
    watch: { untilOver: () => Promise.resolve() },
  }
  return furtherRounds({ store: at.store, dispatcher: at.dispatcher } as Context, rounds, () => undefined)
}

it('further rounds of an apply do not compile the fleet when nothing waits and no export changed', async () => {
  const at = dispatcherScene()
  const version = at.store.minions.exportsVersion()

  expect(await settled(at, version)).toEqual([])
})

it('a further round of an apply compiles the fleet when a minion has reported a changed export', async () => {
  const at = dispatcherScene()
  at.orderFor(2)
  const version = at.store.minions.exportsVersion()
  at.store.minions.saveExports('m1' as MinionId, { key: 'new' })

  await expect(settled(at, version)).rejects.toThrow('the fleet was read again')
})
