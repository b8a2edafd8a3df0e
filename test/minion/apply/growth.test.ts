import { expect, it } from 'vitest'
import { entryOf } from '../../../minion/apply/orphans.ts'
import { reactionsOf } from '../../../minion/apply/reactions.ts'
import type { Catalog, CatalogState } from '../../../protocol/catalog.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import { catalogOf } from './engine-scene.ts'

const registry = createRegistry(STATES)

/** A catalog of `size` files and a service that watches all of them; counts how often its requisites are read. */
function counted(size: number): { readonly catalog: Catalog; readonly reads: () => number } {
  const wishes = Array.from({ length: size }, (_, index) => {
    return { type: 'file.managed', name: `/etc/f${index}`, params: { contents: '' } }
  })
  const plain = catalogOf(wishes)
  const watch = plain.states.map(({ key }) => key)
  let reads = 0
  const states = plain.states.map((state, index): CatalogState => {
    const one = index === size - 1 ? { ...state, requisites: { watch } } : state
    return new Proxy(one, {
      get: (target, name) => {
        reads += name === 'requisites' ? 1 : 0
        return Reflect.get(target, name) as unknown
      },
    })
  })
  return { catalog: { ...plain, states }, reads: () => reads }
}

it('creating ledger entries reads the requisites of each state once, however many states there are', () => {
  const readsPerState = [100, 200, 400].map(size => {
    const { catalog, reads } = counted(size)
    for (const state of catalog.states) entryOf(state, true, catalog, registry)
    return reads() / size
  })

  expect(readsPerState).toEqual([1, 1, 1])
})

it('ledger entries name the watching states in the order of the catalog', () => {
  const { catalog } = counted(3)
  const [first, , last] = catalog.states
  if (first === undefined || last === undefined) throw new Error('no states')

  expect(entryOf(first, true, catalog, registry).watchers).toEqual([last.key])
  expect(entryOf(first, true, { ...catalog, states: [first] }, registry).watchers).toEqual([])
})

it('computing reactions reads the requisites of each state once, whichever states change', () => {
  const readsPerState = [100, 200, 400].map(size => {
    const { catalog, reads } = counted(size)
    for (const { key } of catalog.states) {
      reactionsOf(catalog.states).reacting(key)
      reactionsOf(catalog.states).last(key)
    }
    return reads() / size
  })

  expect(readsPerState).toEqual([1, 1, 1])
})

it('reactionsOf returns the watch and onchanges reactions of a state and which of them comes last', () => {
  const plain = catalogOf(
    ['a', 'b', 'c', 'd'].map(name => ({ type: 'file.managed', name: `/etc/${name}`, params: { contents: '' } })),
  )
  const [a, b, c, d] = plain.states.map(({ key }) => key)
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no states')
  const requisites = [{}, { watch: [a] }, { onchanges: [a], watch: [a] }, { require: [a] }]
  const states = plain.states.map((state, index) => ({ ...state, requisites: requisites[index] ?? {} }))
  const reactions = reactionsOf(states)

  expect([reactions.watching(a), reactions.reacting(a), reactions.last(a), reactions.last(d)]).toEqual([
    [b, c],
    [b, c],
    2,
    -1,
  ])
})
