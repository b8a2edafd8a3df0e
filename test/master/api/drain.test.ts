import { expect, it } from 'vitest'
import { createDrain } from '../../../master/api/drain.ts'

const TIMES = { graceMs: 60_000, abortMs: 60_000 }
const STOPPING = { code: 'MASTER_STOPPING', problems: [{ hint: expect.stringContaining('master jobs') }] }

/** Verbs that end when the test says so, with the state of their signals. */
function scene(times = TIMES) {
  const calls: { readonly signal: AbortSignal; readonly end: (result: unknown) => void }[] = []
  const drain = createDrain(times)
  const call = (waits: 'short' | 'waits') => {
    return drain.during(waits === 'waits', new AbortController().signal, signal => {
      const { promise, resolve } = Promise.withResolvers<unknown>()
      calls.push({ signal, end: resolve })
      return promise
    })
  }
  return { calls, drain, call }
}

it('a stopping master lets a short verb finish and waits for it before the store is closed', async () => {
  const { calls, drain, call } = scene()
  const answer = call('short')
  let isOver = false
  const over = drain.end().then(() => {
    isOver = true
  })
  await new Promise(resolve => setImmediate(resolve))

  expect(isOver).toBe(false)
  calls[0]?.end('its answer')
  expect(await answer).toBe('its answer')
  await over
  expect(calls[0]?.signal.aborted).toBe(false)
})

it('a stopping master answers clients that wait for a job at once, and waits until the verb has ended', async () => {
  const { calls, drain, call } = scene()
  const waiting = call('waits')
  let isOver = false
  const over = drain.end().then(() => {
    isOver = true
  })

  await expect(waiting).rejects.toMatchObject(STOPPING)
  expect(calls[0]?.signal.aborted).toBe(true)
  expect(isOver).toBe(false)
  calls[0]?.end('nobody hears it')
  await over
})

it('a stopping master refuses new calls and waits for no verb beyond its grace period', async () => {
  const { drain, call } = scene({ graceMs: 1, abortMs: 1 })
  const stuck = call('short')
  const over = drain.end()

  await expect(call('short')).rejects.toMatchObject(STOPPING)
  expect(() => drain.demandOpen()).toThrow('the master is stopping')
  await expect(stuck).rejects.toMatchObject(STOPPING)
  await over
})
