import { expect, it } from 'vitest'
import { createPrefetch, type Prefetch } from '../../../minion/apply/prefetch.ts'
import type { BoundState, Inspection } from '../../../states/define.ts'
import type { SystemReader } from '../../../states/system.ts'
import { catalogOf } from './engine-scene.ts'

const NOTHING: Inspection = { actions: [], reactions: [], reverts: [] }
/** The states are bound to counters: nothing of the system is read. */
const system = {} as SystemReader

interface Scene {
  readonly ahead: Prefetch
  /** The states that were inspected, in order. */
  readonly looks: number[]
  readonly inspect: (index: number) => Promise<Inspection>
}

function scene(
  count: number,
  more: { readonly fails?: readonly number[]; readonly guarded?: readonly number[] } = {},
): Scene {
  const looks: number[] = []
  const catalog = catalogOf(
    Array.from({ length: count }, (_, index) => {
      const guards = more.guarded?.includes(index) === true ? { creates: ['/x'] } : {}
      return { type: 'file.absent', name: `/f${index}`, guards }
    }),
  )
  const bound = (index: number): BoundState => ({
    converges: true,
    reacts: false,
    absence: false,
    reported: () => Promise.resolve(undefined),
    inspect: () => {
      looks.push(index)
      const first = looks.filter(look => look === index).length === 1
      if (first && more.fails?.includes(index) === true) return Promise.reject(new Error('too early'))
      return Promise.resolve(NOTHING)
    },
  })
  const indexOf = (name: string): number => Number(name.slice(2))
  const ahead = createPrefetch(catalog.states, ({ name }) => bound(indexOf(name)), system)
  return { ahead, looks, inspect: index => ahead.inspect(index, bound(index)) }
}

async function walk({ inspect, ahead }: Scene, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await inspect(index)
  await ahead.idle()
}

it('the prefetch inspects each state once when nothing changes', async () => {
  const one = scene(40)

  await walk(one, 40)

  expect(one.looks.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index))
})

it('the prefetch inspects the next states before their turn', async () => {
  const one = scene(40)

  await one.inspect(0)
  await one.ahead.idle()

  expect(one.looks.length).toBeGreaterThan(10)
})

it('the prefetch discards its results when an action is performed', async () => {
  const one = scene(3)
  await one.inspect(0)
  one.ahead.invalidate()

  await one.inspect(1)
  await one.inspect(2)
  await one.ahead.idle()

  expect(one.looks.filter(look => look === 1)).toHaveLength(2)
  expect(one.looks.filter(look => look === 2)).toHaveLength(2)
})

it('the prefetch discards an error and inspects the state again in its turn', async () => {
  const one = scene(3, { fails: [2] })

  await walk(one, 3)

  expect(one.looks.filter(look => look === 2)).toHaveLength(2)
})

it('the prefetch does not inspect a state with a guard', async () => {
  const one = scene(3, { guarded: [1] })

  await one.inspect(0)
  await one.ahead.idle()

  expect(one.looks.toSorted((a, b) => a - b)).toEqual([0, 2])
})
