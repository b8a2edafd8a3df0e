import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { applyCatalog } from '../../../minion/apply/engine.ts'
import { loadLedger } from '../../../minion/apply/ledger.ts'
import { orphanRun } from '../../../minion/apply/orphan-run.ts'
import { ownershipOf } from '../../../minion/apply/ownership.ts'
import type { OrphanWish } from '../../../protocol/order.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'
import { catalogOf, engineDeps, keyOf, type StateWish, wordsOf } from './engine-scene.ts'

const REGISTRY = createRegistry(STATES)
const ROOT = { name: 'root', uid: 0, gid: 0, group: 'root', gecos: '', home: '/root', shell: '/bin/bash', groups: [] }
const A: StateWish = { type: 'file.managed', name: '/etc/a', params: { contents: 'a' }, onOrphan: 'remove' }
const B: StateWish = { type: 'file.managed', name: '/etc/b', params: { contents: 'b' } }
const watcher = (...of: readonly string[]): StateWish => ({
  type: 'service.running',
  name: 'app',
  requisites: { watch: of.map(name => keyOf('file.managed', name)) },
})

function host(): FakeSystem {
  return createFakeSystem({
    users: { root: ROOT },
    groups: { root: { name: 'root', gid: 0, members: [] } },
    packages: { nginx: undefined, curl: undefined },
    files: { '/': { directory: true }, '/etc': { directory: true }, '/etc/a': undefined, '/etc/b': undefined },
    units: { app: { load: 'loaded', active: 'active', sub: 'running', enabled: 'enabled' } },
    run: () => true,
  })
}

/** A host with its ledger, to which several catalogs are applied in turn. */
async function scene() {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-owner-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const system = host()
  const path = join(directory, 'ledger.jsonl')
  const apply = async (
    wishes: readonly StateWish[],
    more: { readonly test?: boolean; readonly die?: boolean; readonly orphans?: OrphanWish } = {},
  ) => {
    const { test = false } = more
    const ledger = await loadLedger(path)
    const current = catalogOf(wishes)
    const facts = { current, applied: undefined, ledger: ledger.entries, registry: REGISTRY, test }
    const about = more.orphans === undefined ? {} : { orphanRun: orphanRun({ ...facts, wish: more.orphans }) }
    const ownership = ownershipOf(current, { ledger, registry: REGISTRY, system, test, ...about })
    const applied = await applyCatalog(
      { ...engineDeps(system), ownership },
      { catalog: ownership.catalog, secrets: [], test, cancelled: new AbortController().signal },
    )
    const orphans = more.die === true ? [] : await ownership.finish(applied.results)
    return {
      words: wordsOf(applied.results),
      orphans: orphans.map(({ thing, made }) => `${thing} ${made ? 'made' : 'found'}`),
    }
  }
  return { system, apply, owned: async () => [...(await loadLedger(path)).entries.keys()] }
}

it('a resource is removed when its state is no longer declared, and what watched it reacts', async () => {
  const { apply, system, owned } = await scene()
  await apply([A, watcher('/etc/a')])
  const before = system.performed.length

  const second = await apply([watcher()])
  const third = await apply([watcher()])

  expect(second.words).toEqual(['changed /etc/a', 'changed app'])
  expect(system.performed.slice(before).map(one => ('verb' in one ? one.verb : one.do))).toEqual([
    'remove',
    'daemon-reload',
    'restart',
  ])
  expect(await owned()).toEqual(['service:app.service'])
  expect(third.words).toEqual(['unchanged app'])
})

it('a dry run reports what would be removed and removes nothing', async () => {
  const { apply, system } = await scene()
  await apply([A])
  const before = system.performed.length

  const test = await apply([], { test: true })

  expect(test.words).toEqual(['would-change /etc/a'])
  expect(system.performed.length).toBe(before)
})

it('a resource that existed before is never removed but reported as an orphan until it is gone', async () => {
  const { apply, system } = await scene()
  system.setFile('/etc/a', { content: 'a' })
  await apply([A])

  const second = await apply([])
  system.setFile('/etc/a', undefined)
  const third = await apply([])

  expect(second).toEqual({ words: [], orphans: ['file:/etc/a found'] })
  expect(third.orphans).toEqual([])
})

it('a resource is reported as an orphan and not removed unless `on_orphan: remove` is set', async () => {
  const { apply, owned } = await scene()
  await apply([B])

  expect(await apply([])).toEqual({ words: [], orphans: ['file:/etc/b made'] })
  expect(await owned()).toEqual(['file:/etc/b'])
})

it('ownership of a resource is known even when the run died right after creating it', async () => {
  const { apply } = await scene()
  await apply([A], { die: true })

  expect((await apply([])).words).toEqual(['changed /etc/a'])
})

it('a resource with `on_orphan: keep` is not tracked', async () => {
  const { apply, owned } = await scene()
  await apply([{ ...B, onOrphan: 'keep' }])

  expect(await owned()).toEqual([])
  expect((await apply([])).orphans).toEqual([])
})

it('ownership can move to another state without a removal', async () => {
  const { apply, system } = await scene()
  await apply([A])
  const before = system.performed.length

  const second = await apply([{ ...A, onOrphan: 'remove', params: { contents: 'a', mode: '0644' } }])

  expect(second.words).toEqual(['unchanged /etc/a'])
  expect(system.performed.length).toBe(before)
})

it('a package that a list of packages still names is neither removed nor reported as an orphan', async () => {
  const { apply, system } = await scene()
  const list = (pkgs: readonly string[]): StateWish => ({ type: 'pkg.installed', name: 'web', params: { pkgs } })
  await apply([{ type: 'pkg.installed', name: 'nginx', onOrphan: 'remove' }])
  const before = system.performed.length

  const second = await apply([list(['nginx', 'curl'])])
  const third = await apply([list(['curl'])])

  expect(second).toEqual({ words: ['changed web'], orphans: [] })
  expect(system.performed.slice(before)[0]).toMatchObject({ packages: [{ name: 'curl' }] })
  expect(third.words).toContain('changed nginx')
})

it('a run about orphans removes and forgets them, and touches nothing else of the catalog', async () => {
  const { apply, system, owned } = await scene()
  await apply([B, A])
  system.setFile('/etc/b', { content: 'changed by hand' })

  const removed = await apply([B], { orphans: { do: 'remove' } })

  expect(removed).toEqual({ words: ['changed /etc/a'], orphans: [] })
  expect(await owned()).toEqual(['file:/etc/b'])
})

it('a dry run about orphans removes nothing and still reports them', async () => {
  const { apply, system, owned } = await scene()
  await apply([B])
  const before = system.performed.length

  const test = await apply([], { orphans: { do: 'remove' }, test: true })

  expect(test).toEqual({ words: ['would-change /etc/b'], orphans: ['file:/etc/b made'] })
  expect(system.performed.length).toBe(before)
  expect(await owned()).toEqual(['file:/etc/b'])
})

it('an orphan whose removal fails stays in the ledger and in the report', async () => {
  const { apply, system, owned } = await scene()
  await apply([B])
  vi.spyOn(system, 'perform').mockRejectedValueOnce(new Error('the disk is read-only'))

  const failed = await apply([], { orphans: { do: 'remove' } })
  const again = await apply([], { orphans: { do: 'remove' } })

  expect(failed).toEqual({ words: ['failed /etc/b'], orphans: ['file:/etc/b made'] })
  expect(again).toEqual({ words: ['changed /etc/b'], orphans: [] })
  expect(await owned()).toEqual([])
})

it('an orphan is still in the ledger when the run died after its removal, and the next run forgets it', async () => {
  const { apply, owned } = await scene()
  await apply([B])
  await apply([], { orphans: { do: 'remove' }, die: true })
  const afterDeath = await owned()

  const next = await apply([], { orphans: { do: 'remove' } })

  expect(afterDeath).toEqual(['file:/etc/b'])
  expect(next).toEqual({ words: ['unchanged /etc/b'], orphans: [] })
  expect(await owned()).toEqual([])
})
