import { expect, it } from 'vitest'
import type { LedgerEntry } from '../../../minion/apply/ledger.ts'
import { orphanRun } from '../../../minion/apply/orphan-run.ts'
import { entryOf, orphanOf, withOrphans } from '../../../minion/apply/orphans.ts'
import type { Catalog } from '../../../protocol/catalog.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import { catalogOf, keyOf, type StateWish } from './engine-scene.ts'

const registry = createRegistry(STATES)
const file = (name: string, more: Partial<StateWish> = {}): StateWish => {
  return { type: 'file.managed', name, params: { contents: '' }, ...more }
}
const A = file('/etc/a')
const B = file('/etc/b')
const DIRECTORY: StateWish = { type: 'file.directory', name: '/etc/d' }

/** The ledger of a host that made everything that these states declare, in this order. */
function made(...wishes: readonly StateWish[]): Map<string, LedgerEntry> {
  const catalog = catalogOf(wishes)
  return new Map(
    catalog.states.map(state => [
      registry.get(state.type)?.owns(state.params) ?? '',
      entryOf(state, true, catalog, registry),
    ]),
  )
}

interface Wish {
  readonly ledger: ReadonlyMap<string, LedgerEntry>
  readonly current?: Catalog
  readonly applied?: Catalog
  readonly act?: 'remove' | 'forget'
  readonly states?: string[]
  readonly test?: boolean
}

function run({ ledger, current = catalogOf([]), applied, act = 'remove', states, test = false }: Wish) {
  const wish = { do: act, ...(states === undefined ? {} : { states }) }
  const decided = orphanRun({ current, applied, ledger, registry, wish, test })
  return {
    states: decided.catalog.states.map(({ type, name }) => `${type} ${name}`),
    said: decided.said.map(({ entry, outcome }) => `${outcome.outcome} ${entry.name}: ${outcome.note ?? 'forgotten'}`),
    forgotten: decided.forgotten,
    kept: [...decided.kept.keys()],
  }
}

it('orphans are removed in the reverse of the order in which they were made', () => {
  expect(run({ ledger: made(A, B, file('/etc/c')) }).states).toEqual([
    'file.absent /etc/c',
    'file.absent /etc/b',
    'file.absent /etc/a',
  ])
})

it('a run about orphans has none of the states of the catalog except those that watch what is removed', () => {
  const service: StateWish = {
    type: 'service.running',
    name: 'app',
    requisites: { require: [keyOf('file.managed', '/etc/b')], watch: [keyOf('file.managed', '/etc/a')] },
  }
  const ledger = made(A, service)
  const current = catalogOf([B, { ...service, requisites: { require: [keyOf('file.managed', '/etc/b')] } }])

  const decided = orphanRun({ current, applied: undefined, ledger, registry, wish: { do: 'remove' }, test: false })

  expect(decided.catalog.states.map(({ key, requisites }) => [key, requisites])).toEqual([
    ['test/file.absent//etc/a', {}],
    ['test/service.running/app', { watch: ['test/file.absent//etc/a'] }],
  ])
})

it('what watched an orphan only reacts, and waits for an apply when its declaration was not applied', () => {
  const service = (params: StateWish['params'] = {}): StateWish => {
    return { type: 'service.running', name: 'app', params, requisites: { watch: [keyOf('file.managed', '/etc/a')] } }
  }
  const reachOf = (applied: Catalog | undefined, current: StateWish): unknown => {
    const ledger = made(A, service())
    const decided = orphanRun({
      current: catalogOf([current]),
      applied,
      ledger,
      registry,
      wish: { do: 'remove' },
      test: false,
    })
    return decided.watchers.get(keyOf('service.running', 'app'))
  }

  expect(reachOf(catalogOf([service()]), service())).toBe('react')
  expect(reachOf(catalogOf([service()]), service({ enable: false }))).toBe('wait')
  expect(reachOf(catalogOf([]), service())).toBe('wait')
  expect(reachOf(undefined, service())).toBe('wait')
})

it('an orphan that existed before, or that no state type removes, is named with the reason and stays', () => {
  const ledger = made(A, DIRECTORY)
  for (const [thing, entry] of ledger) if (thing === 'file:/etc/a') ledger.set(thing, { ...entry, made: false })

  expect(run({ ledger })).toEqual({
    states: [],
    said: [
      'skipped /etc/d: not removable: no state type removes what `file.directory` makes',
      'skipped /etc/a: not removable: it existed before Saltern managed it',
    ],
    forgotten: [],
    kept: ['file:/etc/d', 'file:/etc/a'],
  })
})

it('an orphan is not touched while the catalog that was applied last declares it', () => {
  const decided = run({ ledger: made(A, B), applied: catalogOf([A]) })

  expect(decided.states).toEqual(['file.absent /etc/b'])
  expect(decided.said).toEqual(['skipped /etc/a: the catalog that was applied last still declares it: apply first'])
  expect(run({ ledger: made(A), applied: catalogOf([A]), act: 'forget' }).forgotten).toEqual([])
})

it('what the current catalog declares is no orphan, whatever its key', () => {
  const current = catalogOf([{ type: 'file.symlink', name: '/etc/a', params: { target: '/etc/x' } }])

  expect(run({ ledger: made(A), current })).toEqual({ states: [], said: [], forgotten: [], kept: [] })
})

it.each([
  ['a file below its path', file('/etc/a/b')],
  ['a block in its file', { type: 'file.blockreplace', name: '/etc/a', params: { contents: 'x' } }],
  [
    'a kernel setting in its file',
    { type: 'sysctl.present', name: 'kernel.x', params: { value: '1', config: '/etc/a' } },
  ],
])('an orphan is not removed while the current catalog has %s', (_what, wish: StateWish) => {
  const decided = run({ ledger: made(A), current: catalogOf([wish]) })

  expect(decided.states).toEqual([])
  expect(decided.said).toEqual([
    `skipped /etc/a: not removable: ${keyOf(wish.type, wish.name)} of the catalog needs it`,
  ])
})

it('an orphan with `on_orphan: remove` stays while the catalog has something below its path', () => {
  const { removed, kept } = withOrphans(catalogOf([file('/etc/a/b')]), made({ ...A, onOrphan: 'remove' }), registry)

  expect([removed.size, [...kept.keys()]]).toEqual([0, ['file:/etc/a']])
})

it('a state that removes an orphan never has the key of a state of the catalog', () => {
  const absent: StateWish = { type: 'file.absent', name: '/etc/a' }
  const moved = catalogOf([absent]).states.map(state => ({ ...state, name: '/etc/z', params: { name: '/etc/z' } }))
  const current = { ...catalogOf([]), states: moved }

  const { catalog, removed } = withOrphans(current, made({ ...A, onOrphan: 'remove' }), registry)

  expect(catalog.states.map(({ key }) => key)).toEqual(['test/file.absent//etc/a (2)', 'test/file.absent//etc/a'])
  expect([...removed]).toEqual([['test/file.absent//etc/a (2)', 'file:/etc/a']])
})

it('a key or a resource narrows what is removed, and the rest stays an orphan', () => {
  const ledger = made(A, B, file('/etc/c'))

  const decided = run({ ledger, states: [keyOf('file.managed', '/etc/a'), 'file:/etc/b', 'file:/etc/other'] })

  expect(decided.states).toEqual(['file.absent /etc/b', 'file.absent /etc/a'])
  expect(decided.kept).toContain('file:/etc/c')
})

it('a forgotten orphan is no orphan any more, and a dry run forgets nothing', () => {
  const ledger = made(A, B)

  const states = ['file:/etc/a']
  expect(run({ ledger, act: 'forget', states })).toEqual({
    states: [],
    said: ['changed /etc/a: forgotten'],
    forgotten: ['file:/etc/a'],
    kept: ['file:/etc/b'],
  })
  expect(run({ ledger, act: 'forget', states, test: true })).toMatchObject({
    said: ['would-change /etc/a: forgotten'],
    kept: ['file:/etc/b', 'file:/etc/a'],
  })
})

it('a report says of each orphan which state removes it or why none does', () => {
  const { kept } = withOrphans(catalogOf([]), made(A, DIRECTORY), registry)

  expect([...kept].map(([thing, found]) => orphanOf(thing, found))).toMatchObject([
    { thing: 'file:/etc/d', type: 'file.directory', id: '/etc/d', kept: expect.stringContaining('file.directory') },
    { thing: 'file:/etc/a', type: 'file.managed', id: '/etc/a', removal: 'file.absent' },
  ])
})

it('deciding about n orphans in a catalog of n states looks at each state a constant number of times', () => {
  const looks = (size: number): number => {
    let count = 0
    const states = catalogOf(Array.from({ length: size }, (_, at) => file(`/srv/f${at}`))).states
    const watched = states.map(state => {
      return new Proxy(state, {
        get: (target, name) => {
          if (name === 'params') count += 1
          return Reflect.get(target, name)
        },
      })
    })
    const ledger = made(...Array.from({ length: size }, (_, at) => file(`/etc/f${at}`)))
    run({ ledger, current: { ...catalogOf([]), states: watched } })
    return count
  }

  expect([looks(20), looks(40)]).toEqual([looks(10) * 2, looks(10) * 4])
})
