import { expect, it } from 'vitest'
import { bounded, runProgram } from '../../../master/doctor/gather/bounded.ts'

it('doctor gives up a fact whose source does not answer, and tells the source', async () => {
  let told = false
  const fact = await bounded(20, signal => {
    signal.addEventListener('abort', () => (told = true))
    return new Promise<never>(() => undefined)
  })

  expect(fact).toEqual({ unknown: 'no answer within 0.02 s' })
  expect(told).toBe(true)
})

it('doctor kills a program that does not end', async () => {
  let ended: Promise<unknown> | undefined
  const fact = await bounded(50, signal => {
    const run = runProgram(['sleep', '600'], signal)
    ended = run.catch((thrown: NodeJS.ErrnoException) => thrown.code)
    return run
  })

  expect(fact).toEqual({ unknown: 'no answer within 0.05 s' })
  expect(await ended).toBe('ABORT_ERR')
})

it('doctor says why a fact is not known: no permission, no program, or its error', async () => {
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', path: '/s/identity' })

  expect(await bounded(1000, () => Promise.reject(denied))).toEqual({ unknown: 'you may not read /s/identity' })
  expect(await bounded(1000, signal => runProgram(['no-such-program'], signal))).toEqual({
    unknown: 'there is no `no-such-program` on this machine',
  })
  expect(await bounded(1000, signal => runProgram(['sh', '-c', 'echo out; exit 3'], signal))).toEqual({
    value: { code: 3, out: 'out\n', err: '' },
  })
})
