import { expect, it } from 'vitest'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'
import { keyOf, pendingInMemory, runStates, type StateWish, wordsOf } from './engine-scene.ts'

const GONE = keyOf('file.absent', '/etc/app.conf')
const APP = keyOf('service.running', 'app')
const WISHES: readonly StateWish[] = [
  { type: 'file.absent', name: '/etc/app.conf' },
  { type: 'service.running', name: 'app', requisites: { watch: [GONE] } },
]

function hostWith(active: 'active' | 'inactive'): FakeSystem {
  return createFakeSystem({
    files: { '/': { directory: true }, '/etc': { directory: true }, '/etc/app.conf': { content: 'x' } },
    units: { app: { load: 'loaded', active, sub: active === 'active' ? 'running' : 'dead', enabled: 'enabled' } },
    run: () => true,
    query: () => ({ exitCode: 0, stdout: '', stderr: '' }),
  })
}

it('a state that watched what is removed reacts when the host is as it declares', async () => {
  const { results } = await runStates(hostWith('active'), WISHES, { watchers: new Map([[APP, 'react']]) })

  expect(wordsOf(results)).toEqual(['changed /etc/app.conf', 'changed app'])
  expect(results[1]?.reacted).toBe(true)
})

it.each([
  ['react', 'inactive', 'the host differs from its declaration'],
  ['wait', 'active', 'its declaration is not applied yet'],
] as const)(
  'a state that may only %s starts nothing on an %s host, and reacts on the next apply',
  async (watcher, active, why) => {
    const pending = pendingInMemory()
    const host = hostWith(active)

    const { results } = await runStates(host, WISHES, { watchers: new Map([[APP, watcher]]), pending })

    expect(wordsOf(results)).toEqual(['changed /etc/app.conf', 'skipped app'])
    expect(results[1]?.note).toContain(why)
    expect(pending.all).toEqual([{ state: APP, cause: GONE }])
    const dry = await runStates(hostWith(active), WISHES, { watchers: new Map([[APP, watcher]]), test: true })
    expect(wordsOf(dry.results)).toEqual(['would-change /etc/app.conf', 'skipped app'])
  },
)
