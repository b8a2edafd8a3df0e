import { expect, it } from 'vitest'
import { cmdRun } from '../../../states/cmd/run.ts'
import { applyState, bindState, planState, secretParam } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const hostThatRuns = (): FakeSystem => createFakeSystem({ run: ({ argv }) => argv[0] === 'update-exim4.conf' })

it('cmd.run starts the program directly from its argv', async () => {
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

it('cmd.run is marked as never converging', () => {
  expect(bindState(cmdRun, { name: 'x', cmd: ['true'] }).converges).toBe(false)
})

it('cmd.run passes secrets by environment and stdin, where they stay secret', async () => {
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

it('cmd.run rejects a string without `shell`, and `shell` without a string', async () => {
  expect(() => bindState(cmdRun, { name: 'x', cmd: 'echo a b' })).toThrow('write `cmd: ["echo","a","b"]`')
  expect(() => bindState(cmdRun, { name: 'x', cmd: ['a'], shell: true })).toThrow('PARAM_INVALID')
  expect(() => bindState(cmdRun, { name: 'x', cmd: [] })).toThrow('PARAM_INVALID')
  expect(() => bindState(cmdRun, { name: 'x', cmd: secretParam('x') })).toThrow('got a secret')
  expect(await planState(cmdRun, { name: 'x', cmd: 'a | b', shell: true }, createFakeSystem())).toMatchObject([
    { argv: ['/bin/sh', '-c', 'a | b'], summary: 'a | b' },
  ])
})

it('cmd.run runs again when it is applied twice', async () => {
  const host = hostThatRuns()
  const params = { name: 'exim', cmd: ['update-exim4.conf'] }

  await applyState(cmdRun, params, host)
  await applyState(cmdRun, params, host)

  expect(host.performed).toHaveLength(2)
})
