import { describe, expect, it } from 'vitest'
import { ALL_RIGHTS } from '../../../master/access/caller.ts'
import type { Dispatch } from '../../../master/api/dispatch.ts'
import { drainable } from '../../../master/api/drain.ts'

const caller = { operator: 'root', via: 'socket', rights: ALL_RIGHTS } as const
const TIMES = { graceMs: 60_000, abortMs: 60_000 }
const STOPPING = { code: 'MASTER_STOPPING', problems: [{ hint: expect.stringContaining('master jobs') }] }

/** Verbs that end when the test says so, and what their signals heard. */
function scene(times = TIMES) {
  const calls: { readonly verb: string; readonly signal: AbortSignal; readonly end: (result: unknown) => void }[] = []
  const dispatch: Dispatch = (verb, _input, _emit, signal) => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    calls.push({ verb, signal, end: resolve })
    return promise
  }
  const drain = drainable({ dispatch, openStream: () => Promise.resolve() }, times)
  const call = (verb: Parameters<Dispatch>[0]) =>
    drain.dispatch(verb, {}, () => undefined, new AbortController().signal, caller)
  return { calls, drain, call }
}

describe('a master that is told to stop', () => {
  it('lets a short verb end with its answer, and waits for it before the store may be closed', async () => {
    const { calls, drain, call } = scene()
    const answer = call('keys')
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

  it('answers whoever waits for a job at once, and still waits until that verb has let go', async () => {
    const { calls, drain, call } = scene()
    const waiting = call('apply')
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

  it('refuses what is new, and waits for no verb longer than it says', async () => {
    const { drain, call } = scene({ graceMs: 1, abortMs: 1 })
    const stuck = call('lint')
    const over = drain.end()

    await expect(call('keys')).rejects.toMatchObject(STOPPING)
    await expect(drain.openStream('ssh', {}, {} as never, new AbortController().signal, caller)).rejects.toMatchObject(
      STOPPING,
    )
    await expect(stuck).rejects.toMatchObject(STOPPING)
    await over
  })
})
