import { describe, expect, it } from 'vitest'
import { cmdRun } from '../../../states/cmd/run.ts'
import { applyState, bindState, planState, secretParam } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const hostThatRuns = (): FakeSystem => createFakeSystem({ run: ({ argv }) => argv[0] === 'update-exim4.conf' })

describe('cmd.run', () => {
  it('starts the program from its argv, with nothing in between', async () => {
    const params = { name: 'exim', cmd: ['update-exim4.conf', '--verbose'], cwd: '/etc', user: 'root' }

    expect(await planState(cmdRun, params, createFakeSystem())).toEqual([
      {
        do: 'run',
        summary: 'update-exim4.conf --verbose',
        argv: ['update-exim4.conf', '--verbose'],
        cwd: '/etc',
        user: 'root',
        showOutput: true,
      },
    ])
  })

  it('is never already right: it says so to the engine', () => {
    expect(bindState(cmdRun, { name: 'x', cmd: ['true'] }).converges).toBe(false)
  })

  it('hands secrets over by environment and stdin, where they stay secret', async () => {
    const params = {
      name: 'x',
      cmd: ['login'],
      env: { TOKEN: secretParam('t0ken'), LANG: 'C' },
      stdin: secretParam('pw'),
      success_retcodes: [0, 3],
    }

    const [action] = await planState(cmdRun, params, createFakeSystem())

    expect(action).toMatchObject({ success: [0, 3], env: { LANG: 'C' } })
    expect(action).toHaveProperty('env.TOKEN.path', 'test.secret')
    expect(action).toHaveProperty('stdin.path', 'test.secret')
  })

  it('refuses a text without a shell, and a shell without a text', async () => {
    expect(() => bindState(cmdRun, { name: 'x', cmd: 'echo a b' })).toThrow('write `cmd: ["echo","a","b"]`')
    expect(() => bindState(cmdRun, { name: 'x', cmd: ['a'], shell: true })).toThrow('PARAM_INVALID')
    expect(() => bindState(cmdRun, { name: 'x', cmd: [] })).toThrow('PARAM_INVALID')
    expect(() => bindState(cmdRun, { name: 'x', cmd: secretParam('x') })).toThrow('got a secret')
    expect(await planState(cmdRun, { name: 'x', cmd: 'a | b', shell: true }, createFakeSystem())).toMatchObject([
      { argv: ['/bin/sh', '-c', 'a | b'], summary: 'a | b' },
    ])
  })

  it('runs again when it is applied twice', async () => {
    const host = hostThatRuns()
    const params = { name: 'exim', cmd: ['update-exim4.conf'] }

    await applyState(cmdRun, params, host)
    await applyState(cmdRun, params, host)

    expect(host.performed).toHaveLength(2)
  })
})
