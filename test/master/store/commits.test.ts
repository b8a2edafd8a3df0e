import { expect, it } from 'vitest'
import { createCommits } from '../../../master/store/commits.ts'
import { openStore } from '../../../master/store/open.ts'
import { minionId } from '../../../protocol/ids.ts'
import { openFixture, temporaryDirectory } from './fixture.ts'
import { START } from './rows.ts'

type Each = (work: () => void, fail: (thrown: unknown) => void) => void

/** Commits on a database that only counts, with the disk and the event loop in the hands of the test. */
function scene({ elapsed = () => 0 }: { readonly elapsed?: () => number } = {}) {
  const counts = { batches: 0 }
  const later: (() => void)[] = []
  const syncs: ((failure: unknown) => void)[] = []
  const faults: unknown[] = []
  const commits = createCommits({
    db: {
      batch: (run: (each: Each) => void) => {
        counts.batches += 1
        run((work, fail) => {
          try {
            work()
          } catch (thrown) {
            fail(thrown)
          }
        })
      },
      synced: done => void syncs.push(done),
    },
    onFault: thrown => void faults.push(thrown),
    elapsed,
    defer: work => void later.push(work),
  })
  const turn = (): void => later.shift()?.()
  return { commits, counts, syncs, faults, turn, later }
}

function outcome<T>(result: () => T): T | string {
  try {
    return result()
  } catch (thrown) {
    return `failed: ${(thrown as Error).message}`
  }
}

it('the work of one turn of the event loop shares one transaction and one sync, however much it is', () => {
  const costs = [10, 20, 40].map(size => {
    const { commits, counts, syncs, turn } = scene()
    for (let index = 0; index < size; index++)
      commits.add(
        () => index,
        () => undefined,
      )
    turn()
    return { batches: counts.batches, syncs: syncs.length }
  })

  expect(costs).toEqual(Array.from({ length: 3 }, () => ({ batches: 1, syncs: 1 })))
})

it('work is acknowledged in order and only after the disk has it', async () => {
  const { commits, syncs, turn } = scene()
  const acknowledged: number[] = []
  for (const number of [1, 2, 3])
    commits.add(
      () => number,
      result => void acknowledged.push(result()),
    )
  turn()
  expect(acknowledged).toEqual([])

  syncs.shift()?.(undefined)

  expect(acknowledged).toEqual([1, 2, 3])
  await commits.idle()
})

it('work that the disk refused to sync is not acknowledged', () => {
  const { commits, syncs, turn } = scene()
  const outcomes: unknown[] = []
  commits.add(
    () => 1,
    result => void outcomes.push(outcome(result)),
  )
  turn()
  syncs.shift()?.(new Error('input/output error'))

  expect(outcomes).toEqual(['failed: input/output error'])
})

it('work that takes long leaves the rest for the next turn of the event loop', () => {
  let time = 0
  const { commits, turn, later } = scene({ elapsed: () => time })
  const done: number[] = []
  for (const number of [1, 2, 3]) {
    commits.add(
      () => {
        time += 8
        done.push(number)
      },
      () => undefined,
    )
  }
  turn()
  expect(done).toEqual([1, 2])
  turn()

  expect(done).toEqual([1, 2, 3])
  expect(later).toEqual([])
})

it('an error of what follows a commit does not keep others from their acknowledgement', () => {
  const { commits, syncs, faults, turn } = scene()
  const outcomes: unknown[] = []
  commits.add(
    () => 1,
    () => {
      throw new Error('a bug')
    },
  )
  commits.add(
    () => 2,
    result => void outcomes.push(outcome(result)),
  )
  turn()
  syncs.shift()?.(undefined)

  expect(outcomes).toEqual([2])
  expect(faults).toEqual([new Error('a bug')])
})

it('work that fails in a shared transaction writes nothing, and the others are stored', async () => {
  const { store } = openFixture()
  const outcomes: unknown[] = []
  const add = (id: string, fails: boolean): void =>
    store.commits.add(
      () => {
        store.minions.disconnected(minionId(id))
        if (fails) throw new Error('refused')
      },
      result => void outcomes.push(outcome(result)),
    )
  add('m1', false)
  add('m2', true)
  add('m3', false)
  await store.commits.idle()

  expect(outcomes).toEqual([undefined, 'failed: refused', undefined])
  expect(store.log.read(0, 10).map(({ event }) => 'minion' in event && event.minion)).toEqual(['m1', 'm3'])
  expect(store.log.verify()).toMatchObject({ ok: true })
})

it('a disk that fills up in a shared transaction acknowledges only what is stored', async () => {
  const store = openStore(temporaryDirectory(), { now: () => START, maxBytes: 700_000 })
  const outcomes: unknown[] = []
  for (let index = 0; index < 200; index++) {
    const bytes = new TextEncoder().encode(Array.from({ length: 2000 }, () => Math.random()).join(''))
    store.commits.add(
      () => store.blobs.put(bytes).sha256,
      result => {
        const stored = outcome(result)
        outcomes.push(stored)
        if (stored.startsWith('failed')) return
        expect(store.blobs.get(stored as never)).toEqual(bytes)
      },
    )
  }
  await store.commits.idle()

  expect(outcomes).toHaveLength(200)
  expect(outcomes).toContain('failed: the disk of the state directory is full, nothing was stored')
  await expect(store.integrity()).resolves.toEqual([])
  // What is acknowledged survives, and the store works on.
  expect(store.log.verify()).toMatchObject({ ok: true })
  store.close()
})

it('work that another work adds runs with it, and the turn that was asked for it finds nothing to do', () => {
  const { commits, turn, syncs, faults } = scene()
  const ended: string[] = []
  commits.add(
    () =>
      commits.add(
        () => undefined,
        () => void ended.push('inner'),
      ),
    () => void ended.push('outer'),
  )

  turn()
  turn()
  for (const sync of syncs) sync(undefined)

  expect(ended).toEqual(['outer', 'inner'])
  expect(faults).toEqual([])
})
