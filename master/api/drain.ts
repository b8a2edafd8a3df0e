import { setTimeout as pause, setImmediate } from 'node:timers/promises'
import { AppError } from '../../protocol/errors.ts'
import type { OpenStream } from '../sessions/streams.ts'
import { verbNamed } from '../verbs/index.ts'
import type { Dispatch } from './dispatch.ts'

/** What a short verb gets to end by itself, and what an aborted one gets to notice it. Milliseconds. */
export interface DrainTimes {
  readonly graceMs: number
  readonly abortMs: number
}

const TIMES: DrainTimes = { graceMs: 10_000, abortMs: 5_000 }

/** The verbs and streams of the API, and how to end them before the store is closed. */
export interface Drain {
  readonly dispatch: Dispatch
  readonly openStream: OpenStream
  /**
   * Refuses everything new, lets short verbs end, and answers those that wait for a job or follow events with MASTER_STOPPING.
   * Resolves when nothing works on the store any more, or `graceMs` and `abortMs` are over.
   */
  end(): Promise<void>
}

export function drainable(
  { dispatch, openStream }: { readonly dispatch: Dispatch; readonly openStream: OpenStream },
  { graceMs, abortMs }: DrainTimes = TIMES,
): Drain {
  /** Work that may touch the store, and how to abort it. */
  const running = new Map<Promise<unknown>, { readonly stop: AbortController; readonly waits: boolean }>()
  let stopping = false
  const settled = (): Promise<unknown> => Promise.allSettled(running.keys())
  return {
    async dispatch(verb, input, emit, signal, caller) {
      if (stopping) throw masterStopping()
      const stop = new AbortController()
      const stopped = Promise.withResolvers<never>()
      stop.signal.addEventListener('abort', () => stopped.reject(masterStopping()), { once: true })
      const work = dispatch(verb, input, emit, AbortSignal.any([signal, stop.signal]), caller)
      running.set(work, { stop, waits: verbNamed(verb).streams !== undefined })
      const forget = (): void => void running.delete(work)
      work.then(forget, forget)
      return await Promise.race([work, stopped.promise])
    },
    async openStream(verb, input, peer, signal, caller) {
      if (stopping) throw masterStopping()
      return await openStream(verb, input, peer, signal, caller)
    },
    async end() {
      stopping = true
      for (const { stop, waits } of running.values()) if (waits) stop.abort()
      await Promise.race([settled(), pause(graceMs, undefined, { ref: false })])
      for (const { stop } of running.values()) stop.abort()
      await Promise.race([settled(), pause(abortMs, undefined, { ref: false })])
      // The answers are on their way before anybody closes the sockets.
      await setImmediate()
    },
  }
}

function masterStopping(): AppError {
  return new AppError({
    code: 'MASTER_STOPPING',
    message: 'the master is being stopped, and does not finish this',
    hint: 'What was ordered goes on: see `master jobs` when it runs again.',
  })
}
