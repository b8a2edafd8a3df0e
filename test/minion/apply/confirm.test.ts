import { expect, it } from 'vitest'
import type { ConfirmWindow, Settled } from '../../../minion/apply/confirm-window.ts'
import type { StateKey } from '../../../protocol/ids.ts'
import type { System } from '../../../states/system.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'
import { keyOf, runStates, type StateWish, wordsOf } from './engine-scene.ts'

const ROOT = { name: 'root', uid: 0, gid: 0, group: 'root', gecos: '', home: '/root', shell: '/bin/bash', groups: [] }
const RULES = '/etc/nftables.conf'
const rules: StateWish = {
  type: 'file.managed',
  name: RULES,
  params: { contents: 'new' },
  confirm: 60,
}
const service: StateWish = {
  type: 'service.running',
  name: 'nftables',
  requisites: { watch: [keyOf('file.managed', RULES)] },
}
const other: StateWish = { type: 'file.managed', name: '/etc/motd', params: { contents: 'hello' } }
const needing: StateWish = {
  type: 'file.managed',
  name: '/etc/last',
  params: { contents: 'x' },
  requisites: { require: [keyOf('file.managed', RULES)] },
}

function host(): FakeSystem {
  return createFakeSystem({
    users: { root: ROOT },
    groups: { root: { name: 'root', gid: 0, members: [] } },
    files: {
      '/': { directory: true },
      '/etc': { directory: true },
      [RULES]: { content: 'old' },
      '/etc/motd': undefined,
      '/etc/last': undefined,
    },
    units: { nftables: { load: 'loaded', active: 'active', sub: 'exited', enabled: 'enabled' } },
    run: () => true,
  })
}

/** A window that logs calls, in order, along with the actions of the host. */
function windowThat(settled: Settled, log: string[]): ConfirmWindow {
  let armed: readonly StateKey[] = []
  return {
    get armed() {
      return armed
    },
    over: undefined,
    arm: async (state, seconds) => {
      armed = [...armed, state]
      log.push(`arm ${seconds}`)
    },
    reacted: async actions =>
      void log.push(`reacted ${actions.map(one => (one.do === 'unit' ? one.verb : one.do)).join()}`),
    settle: async () => {
      armed = []
      log.push('settle')
      return settled
    },
  }
}

/** A host that also logs what it performs. */
function logged(log: string[]): System {
  const system = host()
  return {
    ...system,
    perform: (action, options) => {
      log.push(action.do === 'unit' ? action.verb : `${action.do} ${'path' in action ? action.path : ''}`)
      return system.perform(action, options)
    },
  }
}

it('a state with `confirm` is armed before it acts, and settled after the last reaction to it', async () => {
  const log: string[] = []
  const spied = logged(log)

  const { results, state } = await runStates(spied, [rules, service, other], {
    confirm: windowThat({ how: 'kept' }, log),
  })

  expect(log).toEqual([
    'arm 60',
    `write-file ${RULES}`,
    'reacted daemon-reload,restart',
    'daemon-reload ',
    'restart',
    'settle',
    'write-file /etc/motd',
  ])
  expect(wordsOf(results)).toEqual([`changed ${RULES}`, 'changed nftables', 'changed /etc/motd'])
  expect(state).toBe('done')
})

it('a state with `confirm` is reported as reverted when not confirmed, and states that require it are blocked', async () => {
  const log: string[] = []
  const spied = logged(log)
  const problem = { code: 'NOT_CONFIRMED', message: 'put back' } as const

  const { results, state } = await runStates(spied, [rules, service, needing, other], {
    confirm: windowThat({ how: 'reverted', problem }, log),
  })

  expect(wordsOf(results)).toEqual([`reverted ${RULES}`, 'changed nftables', 'blocked /etc/last', 'changed /etc/motd'])
  expect(results[0]?.problem).toEqual(problem)
  expect(state).toBe('failed')
})

it('a state with `confirm` is not armed when it has nothing to do or in a dry run', async () => {
  const log: string[] = []
  const spied = logged(log)
  const confirm = windowThat({ how: 'kept' }, log)

  await runStates(spied, [{ ...rules, params: { contents: 'old' } }], { confirm })
  await runStates(spied, [rules], { confirm, test: true })

  expect(log).toEqual([])
})
