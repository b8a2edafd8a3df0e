import { expect, it } from 'vitest'
import { AppError } from '../../../protocol/errors.ts'
import { scrubber } from '../../../protocol/hide-secrets.ts'
import type { System } from '../../../states/system.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'
import { runStates } from './engine-scene.ts'

function host(): FakeSystem {
  return createFakeSystem({ run: () => true, query: () => ({ exitCode: 0, stdout: '', stderr: '' }) })
}

it.each(['changed', 'failed'])('the result of a %s state contains what it waited for', async outcome => {
  const fake = host()
  const system: System = {
    ...fake,
    async perform(action, options) {
      options?.onNote?.('waited 3 s for `apt` (pid 9)')
      if (outcome === 'failed') throw new AppError({ code: 'PACKAGE_FAILED', message: 'no' })
      await fake.perform(action)
    },
  }

  const { results } = await runStates(system, [{ type: 'cmd.run', name: 'x', params: { cmd: ['true'] } }])

  expect(results[0]).toMatchObject({ outcome, note: 'waited 3 s for `apt` (pid 9)' })
})

it('the result of a successful state shows the end of its program output without secrets', async () => {
  const fake = host()
  const system: System = {
    ...fake,
    perform: async (_action, options) => options?.onOutput?.(`${'x'.repeat(9000)}\nthe password is swordfish\n`),
  }

  const command = { type: 'cmd.run', name: 'say', params: { cmd: ['say'] } }
  const { results } = await runStates(system, [command], { scrub: scrubber(['swordfish']) })

  expect(results[0]?.outcome).toBe('changed')
  expect(results[0]?.output).toMatch(/^\.\.\. 49\d\d characters left out \.\.\.\nx+\nthe password is \*\*\*$/)
})

it('guards run with the timeout of their state, and programs with its signal and no other limit', async () => {
  const fake = host()
  const limits: (number | undefined)[] = []
  const signals: (AbortSignal | undefined)[] = []
  const system: System = {
    ...fake,
    query: (argv, options) => {
      limits.push(options?.timeoutMs)
      return fake.query(argv, options)
    },
    perform: (action, options) => {
      signals.push(options?.signal)
      return fake.perform(action)
    },
  }

  const guards = { onlyif: [['sleep', '130']] }
  await runStates(system, [{ type: 'cmd.run', name: 'x', params: { cmd: ['true'] }, guards, timeout: 7200 }])

  expect(limits).toEqual([7_200_000])
  expect(signals.map(signal => signal?.aborted)).toEqual([false])
})
