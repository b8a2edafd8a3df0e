import { expect, it } from 'vitest'
import { bindOnce } from '../../../minion/apply/bind.ts'
import { AppError } from '../../../protocol/errors.ts'
import { scrubber } from '../../../protocol/hide-secrets.ts'
import type { Registry } from '../../../states/registry.ts'
import type { System } from '../../../states/system.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'
import { catalogOf, keyOf, pendingInMemory, runStates, type StateWish, wordsOf } from './engine-scene.ts'

const CONF = '/etc/app.conf'
const CONF_KEY = keyOf('file.managed', CONF)
const SERVICE_KEY = keyOf('service.running', 'app')
const ROOT = { name: 'root', uid: 0, gid: 0, group: 'root', gecos: '', home: '/root', shell: '/bin/bash', groups: [] }

const conf = (contents: string): StateWish => ({ type: 'file.managed', name: CONF, params: { contents } })
const service: StateWish = { type: 'service.running', name: 'app', requisites: { watch: [CONF_KEY] } }

function hostWith(active: 'active' | 'inactive', text?: string): FakeSystem {
  return createFakeSystem({
    users: { root: ROOT },
    groups: { root: { name: 'root', gid: 0, members: [] } },
    files: {
      '/': { directory: true },
      '/etc': { directory: true },
      [CONF]: text === undefined ? undefined : { content: text },
      '/etc/gone': undefined,
    },
    units: { app: { load: 'loaded', active, sub: active === 'active' ? 'running' : 'dead', enabled: 'enabled' } },
    run: () => true,
    query: () => ({ exitCode: 0, stdout: '', stderr: '' }),
  })
}

/** Lists the units that were (re)started, in order. */
function starts(host: FakeSystem): readonly string[] {
  return host.performed.flatMap(action => (action.do === 'unit' ? [`${action.verb} ${action.unit}`] : []))
}

it('the engine changes nothing on a compliant host', async () => {
  const host = hostWith('active', 'a')

  const { results, state } = await runStates(host, [conf('a'), service])

  expect(wordsOf(results)).toEqual([`unchanged ${CONF}`, 'unchanged app'])
  expect(state).toBe('done')
  expect(host.performed).toEqual([])
})

it('the engine restarts a service when a file it watches changed', async () => {
  const host = hostWith('active', 'a')

  const { results } = await runStates(host, [conf('b'), service])

  expect(wordsOf(results)).toEqual([`changed ${CONF}`, 'changed app'])
  expect(starts(host)).toEqual(['restart app'])
  expect(results[1]?.reacted).toBe(true)
})

it('the engine starts a stopped service once even when a file it watches changed too', async () => {
  const host = hostWith('inactive', 'a')

  await runStates(host, [conf('b'), service])

  expect(starts(host)).toEqual(['start app'])
})

it('the engine reports in a dry run what would change and performs nothing', async () => {
  const host = hostWith('active', 'a\n')

  const { results, state } = await runStates(host, [conf('b\n'), service], { test: true })

  expect(wordsOf(results)).toEqual([`would-change ${CONF}`, 'would-change app'])
  expect(results[0]?.diff).toContain('-a\n+b')
  expect(state).toBe('done')
  expect(host.performed).toEqual([])
})

it('an interrupted restart runs on the next apply, and only once', async () => {
  const host = hostWith('active', 'a')
  const pending = pendingInMemory()
  const cut = {
    begin: () => undefined,
    acting: () => Promise.resolve(),
    end: () => Promise.reject(new AppError({ code: 'DISK_FULL', message: 'full' })),
  }

  const first = await runStates(host, [conf('b'), service], { pending, journal: cut })
  expect(wordsOf(first.results)).toEqual([`changed ${CONF}`, 'not-run app'])
  expect(first.state).toBe('failed')
  expect(pending.all).toEqual([{ state: SERVICE_KEY, cause: CONF_KEY }])

  const second = await runStates(host, [conf('b'), service], { pending })
  expect(wordsOf(second.results)).toEqual([`unchanged ${CONF}`, 'changed app'])
  expect(pending.all).toEqual([])

  const third = await runStates(host, [conf('b'), service], { pending })
  expect(wordsOf(third.results)).toEqual([`unchanged ${CONF}`, 'unchanged app'])
  expect(starts(host)).toEqual(['restart app'])
})

it('no trigger is pending when the only action was refused before it changed anything', async () => {
  const host = hostWith('active', 'a')
  const pending = pendingInMemory()
  const refusing: System = {
    ...host,
    perform: () => Promise.reject(new AppError({ code: 'CHECK_FAILED', message: 'no' })),
  }

  const { results, state } = await runStates(refusing, [conf('b'), service], { pending })

  expect(wordsOf(results)).toEqual([`failed ${CONF}`, 'blocked app'])
  expect(state).toBe('failed')
  expect(pending.all).toEqual([])
})

it('the engine does not run check_cmd when only the mode of a file changes', async () => {
  const asked: string[][] = []
  const host: System = {
    ...hostWith('active', 'a'),
    query: async argv => {
      asked.push([...argv])
      return { exitCode: 1, stdout: '', stderr: '' }
    },
  }
  const wish = { ...conf('a'), params: { contents: 'a', mode: '0600' }, checkCmd: ['visudo', '-cf', '{path}'] }

  const { results } = await runStates(host, [wish])

  expect(wordsOf(results)).toEqual([`changed ${CONF}`])
  expect(asked).toEqual([])
})

it('the engine fails a service that died between its start and the end of the run', async () => {
  const dead = { load: 'loaded', active: 'failed', sub: 'failed', enabled: 'enabled' } as const
  const host = hostWith('inactive', 'a')
  let isDead = false
  const dying: System = { ...host, unitStatus: async unit => (isDead ? dead : host.unitStatus(unit)) }

  const { results, state } = await runStates(dying, [{ ...service, requisites: {} }], {
    onPause: () => {
      isDead = true
    },
  })

  expect(wordsOf(results)).toEqual(['failed app'])
  expect(results[0]?.problem?.code).toBe('SERVICE_NOT_RUNNING')
  expect(state).toBe('failed')
})

it('the engine masks a secret in the texts of a result and never in state names', async () => {
  const { results } = await runStates(hostWith('active', 'a\n'), [conf('managed\n'), service], {
    test: true,
    scrub: scrubber(['managed']),
  })

  expect(results.map(({ key }) => key)).toEqual([CONF_KEY, SERVICE_KEY])
  expect(results[0]?.diff).not.toContain('+managed')
})

it('the engine does not pause at the end of a run that started no service', async () => {
  const pauses: number[] = []

  await runStates(hostWith('active', 'a'), [conf('b')], { onPause: ms => void pauses.push(ms) })

  expect(pauses).toEqual([])
})

it('the engine fails a state that would still change after it was performed', async () => {
  const host = hostWith('active', 'a')
  const deaf: System = { ...host, perform: () => Promise.resolve() }

  const { results } = await runStates(deaf, [conf('b')])

  expect(results[0]?.outcome).toBe('failed')
  expect(results[0]?.problem?.code).toBe('NOT_CONVERGED')
  expect(results[0]?.problem?.message).toBe(
    `\`file.managed\` was applied and would still write ${CONF} (1 B, mode 0644, root:root)`,
  )
})

it('the engine blocks all states that require a failed state, and runs the others', async () => {
  const host = hostWith('active', 'a')
  const missing: StateWish = { type: 'cmd.run', name: 'never', params: { cmd: ['never'] } }
  const broken: System = {
    ...host,
    perform: (action, options) => {
      if (action.do !== 'run') return host.perform(action, options)
      return Promise.reject(new AppError({ code: 'PROGRAM_FAILED', message: 'exit 1' }))
    },
  }
  const after: StateWish = { ...conf('b'), requisites: { require: [keyOf('cmd.run', 'never')] } }

  const { results } = await runStates(broken, [missing, after, { ...service, requisites: {} }])

  expect(wordsOf(results)).toEqual(['failed never', `blocked ${CONF}`, 'unchanged app'])
  expect(results[1]?.note).toBe('it needs test/cmd.run/never, which failed')
})

it('the engine skips states by guards and onchanges, with the reason', async () => {
  const host = hostWith('active', 'a')
  const guarded: StateWish = { type: 'cmd.run', name: 'guarded', params: { cmd: ['x'] }, guards: { creates: [CONF] } }
  const onchange: StateWish = {
    type: 'cmd.run',
    name: 'onchange',
    params: { cmd: ['x'] },
    requisites: { onchanges: [CONF_KEY] },
  }

  const { results } = await runStates(host, [conf('a'), guarded, onchange])

  expect(wordsOf(results)).toEqual([`unchanged ${CONF}`, 'skipped guarded', 'skipped onchange'])
  expect(results.map(({ note }) => note)).toEqual([
    undefined,
    `${CONF} exists`,
    'nothing it lists under `onchanges` changed',
  ])
})

it('the engine reports in a dry run what it cannot know yet as may-change, not as a failure', async () => {
  const host = hostWith('active', 'a')
  const blind: System = {
    ...host,
    unitStatus: () => Promise.reject(new AppError({ code: 'UNIT_MISSING', message: 'no such unit' })),
  }

  const uncertain = await runStates(blind, [conf('b'), service], { test: true })
  const certain = await runStates(blind, [conf('a'), service], { test: true })

  expect(wordsOf(uncertain.results)).toEqual([`would-change ${CONF}`, 'may-change app'])
  expect(wordsOf(certain.results)).toEqual([`unchanged ${CONF}`, 'failed app'])
})

it('the engine reports an absent resource as may-change in a dry run when a state it depends on would change', async () => {
  const gone: StateWish = { type: 'file.absent', name: '/etc/gone', requisites: { require: [CONF_KEY] } }

  const uncertain = await runStates(hostWith('active', 'a'), [conf('b'), gone], { test: true })
  const certain = await runStates(hostWith('active', 'a'), [conf('a'), gone], { test: true })

  expect(wordsOf(uncertain.results)).toEqual([`would-change ${CONF}`, 'may-change /etc/gone'])
  expect(uncertain.results[1]?.note).toBe('there is nothing to remove yet, but a dependency may create it')
  expect(wordsOf(certain.results)).toEqual([`unchanged ${CONF}`, 'unchanged /etc/gone'])
})

it('the engine stops at a failed failhard state, and a cancelled run reports what did not run', async () => {
  const host = hostWith('active', 'a')
  const broken: System = {
    ...host,
    perform: () => Promise.reject(new AppError({ code: 'CHECK_FAILED', message: 'no' })),
  }
  const cancelled = AbortSignal.abort()

  const failhard = await runStates(broken, [
    { ...conf('b'), failhard: true },
    { ...service, requisites: {} },
  ])
  const cancel = await runStates(host, [conf('b'), service], { cancelled })

  expect(wordsOf(failhard.results)).toEqual([`failed ${CONF}`, 'not-run app'])
  expect(wordsOf(cancel.results)).toEqual([`not-run ${CONF}`, 'not-run app'])
  expect(cancel.state).toBe('cancelled')
})

it('a state is bound to its type once for its inspection ahead and its turn', () => {
  let binds = 0
  const registry = { get: () => ({ bind: () => ({ binds: (binds += 1) }) }) } as unknown as Registry
  const bind = bindOnce(registry, () => {
    throw new Error('no secrets')
  })
  const [state] = catalogOf([conf('x')]).states
  if (state === undefined) throw new Error('states')

  expect(bind(state)).toBe(bind(state))
  expect(binds).toBe(1)
})
