import { Worker } from 'node:worker_threads'
import { AppError, type Problem } from '../../../protocol/errors.ts'
import type { PreparedReport } from './prepare-report.ts'

export interface ReportParser {
  /**
   * Prepares a report. Throws REPORT_REFUSED when the bytes are not a report or take more memory than a report may, and
   * REPORT_UNREAD when the master cannot tell.
   */
  prepare(bytes: Uint8Array): Promise<PreparedReport>
  close(): Promise<void>
}

/** Reports up to this size take about a millisecond to prepare, which is not worth a round trip to the worker thread. */
export const SMALL_REPORT = 64 * 1024
const MEMORY_MB = 512
/** A thread without work takes 30 MiB, and a new one is ready after a tenth of a second. */
const ENDS_AFTER_MS = 5000
/** Next to this file; in a bundle, next to the part that contains it (scripts/package/bundle.ts). */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './report-worker.ts' : './report-worker.mjs', import.meta.url)

interface Job {
  readonly bytes: Uint8Array
  readonly done: (answer: Answer) => void
}

type Answer = { readonly prepared: PreparedReport } | { readonly problem: Problem }

/**
 * Explains why a report could not be prepared. Only one that needs too much memory is refused for good; when a thread or file
 * is missing, it is offered again. Pure.
 */
function problemOf(why: string, code: string | undefined): Problem {
  const isReport = code === 'ERR_WORKER_OUT_OF_MEMORY'
  return { code: isReport ? 'REPORT_REFUSED' : 'REPORT_UNREAD', message: `the report could not be read: ${why}` }
}

/**
 * Creates a parser that prepares large reports in another thread, one after the other; the thread starts with the first large
 * report, and ends when there was none for a while.
 */
export function createReportParser(): ReportParser {
  const waiting: Job[] = []
  let current: Job | undefined
  let worker: Worker | undefined
  let ending: NodeJS.Timeout | undefined
  const settle = (answer: Answer): void => {
    const job = current
    current = undefined
    job?.done(answer)
    next()
  }
  const started = (): Worker => {
    const fresh = new Worker(WORKER, {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    })
    fresh.unref()
    fresh.on('message', settle)
    const ended = (problem: Problem): void => {
      if (worker !== fresh) return
      worker = undefined
      settle({ problem })
    }
    fresh.on('error', (error: NodeJS.ErrnoException) => ended(problemOf(error.message, error.code)))
    fresh.on('exit', code => ended(problemOf(`its thread ended with exit code ${code}`, undefined)))
    return fresh
  }
  const end = async (): Promise<void> => {
    clearTimeout(ending)
    const last = worker
    worker = undefined
    await last?.terminate()
  }
  const next = (): void => {
    if (current !== undefined) return
    current = waiting.shift()
    clearTimeout(ending)
    if (current === undefined) {
      ending = setTimeout(() => void end(), ENDS_AFTER_MS).unref()
      return
    }
    try {
      worker ??= started()
      worker.postMessage(current.bytes)
    } catch (thrown) {
      settle({ problem: problemOf(String(thrown), undefined) })
    }
  }
  return {
    prepare: async bytes => {
      const answer = await new Promise<Answer>(done => {
        waiting.push({ bytes, done })
        next()
      })
      if ('problem' in answer) throw new AppError(answer.problem)
      return answer.prepared
    },
    close: async () => {
      waiting.length = 0
      await end()
    },
  }
}
