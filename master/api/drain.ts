import { setTimeout as pause, setImmediate } from 'node:timers/promises'
import { AppError } from '../../protocol/errors.ts'

/** What a short verb gets to end by itself, and what an aborted one gets to notice it. Milliseconds. */
export interface DrainTimes {
  readonly graceMs: number
  readonly abortMs: number
}

const TIMES: DrainTimes = { graceMs: 10_000, abortMs: 5_000 }

/** The requests of the API, and how to end them before the store is closed. */
export interface Drain {
  /** Does the work of a request. MASTER_STOPPING, also for work that is aborted; `waits`: it goes on until a job has ended. */
  during<Result>(waits: boolean, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result>
  /** MASTER_STOPPING when nothing new is begun any more. */
  demandOpen(): void
  /**
   * Refuses everything new, lets short verbs end, and answers those that wait for a job or follow events with MASTER_STOPPING.
   * Resolves when nothing works on the store any more, or `graceMs` and `abortMs` are over.
   */
  end(): Promise<void>
}

export function createDrain({ graceMs, abortMs }: DrainTimes = TIMES): Drain {
  /** Work that may touch the store, and how to abort it. */
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
      // The answers are on their way before anybody closes the sockets.
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
