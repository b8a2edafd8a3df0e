import { setTimeout as pause, setImmediate } from 'node:timers/promises'
import { AppError } from '../../protocol/errors.ts'

/** Time for short verbs to finish, and for aborted ones to stop. Milliseconds. */
export interface DrainTimes {
  readonly graceMs: number
  readonly abortMs: number
}

const TIMES: DrainTimes = { graceMs: 10_000, abortMs: 5_000 }

/** Tracks requests of the API, so that they can end before the store is closed. */
export interface Drain {
  /** Runs a request. Throws MASTER_STOPPING, also when it is aborted; `waits`: it lasts until a job has ended. */
  during<Result>(waits: boolean, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result>
  /** Throws MASTER_STOPPING once new requests are refused. */
  demandOpen(): void
  /**
   * Refuses new requests, lets short verbs finish, and answers those that wait for a job or follow events with MASTER_STOPPING.
   * Resolves when nothing uses the store any more, or when `graceMs` and `abortMs` have passed.
   */
  end(): Promise<void>
}

export function createDrain({ graceMs, abortMs }: DrainTimes = TIMES): Drain {
  /** Requests that may use the store, and how to abort them. */
  const running = new Map<Promise<unknown>, { readonly stop: AbortController; readonly waits: boolean }>()
  let stopping = false
  const settled = (): Promise<unknown> => Promise.allSettled(running.keys())
  const demandOpen = (): void => {
    if (stopping) throw masterStopping()
  }
  return {
    demandOpen,
    async during(waits, signal, work) {
      demandOpen()
      const stop = new AbortController()
      const stopped = Promise.withResolvers<never>()
      stop.signal.addEventListener('abort', () => stopped.reject(masterStopping()), { once: true })
      const done = work(AbortSignal.any([signal, stop.signal]))
      running.set(done, { stop, waits })
      const forget = (): void => void running.delete(done)
      done.then(forget, forget)
      return await Promise.race([done, stopped.promise])
    },
    async end() {
      stopping = true
      for (const { stop, waits } of running.values()) if (waits) stop.abort()
      await Promise.race([settled(), pause(graceMs, undefined, { ref: false })])
      for (const { stop } of running.values()) stop.abort()
      await Promise.race([settled(), pause(abortMs, undefined, { ref: false })])
      // Let the answers be sent before the sockets are closed.
      await setImmediate()
    },
  }
}

function masterStopping(): AppError {
  return new AppError({
    code: 'MASTER_STOPPING',
    message: 'the master is stopping and did not finish this request',
    hint: 'Jobs that were started continue: see `master jobs` when the master is running again.',
  })
}
