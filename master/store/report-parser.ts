import { Worker } from 'node:worker_threads'
import { AppError, type Problem } from '../../protocol/errors.ts'
import { type PreparedReport, prepareReport } from './prepare-report.ts'

export interface ReportParser {
  /** REPORT_REFUSED when the bytes are no report, or take more memory than a report may. */
  prepare(bytes: Uint8Array): Promise<PreparedReport>
  close(): Promise<void>
}

/** Smaller ones take about a millisecond: not worth the way to the other thread and back. */
const INLINE_BYTES = 64 * 1024
const MEMORY_MB = 512

interface Job {
  readonly bytes: Uint8Array
  readonly done: (answer: Answer) => void
}

type Answer = { readonly prepared: PreparedReport } | { readonly problem: Problem }

/** Prepares large reports in another thread, one after the other; it starts with the first large one. */
export function createReportParser(): ReportParser {
  const waiting: Job[] = []
  let current: Job | undefined
  let worker: Worker | undefined
  const settle = (answer: Answer): void => {
    const job = current
    current = undefined
    job?.done(answer)
    next()
  }
  const started = (): Worker => {
    const fresh = new Worker(new URL('./report-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    })
    fresh.unref()
    fresh.on('message', settle)
    // Such as without memory: only the report at which it ended is to blame.
    const ended = (why: string): void => {
      if (worker !== fresh) return
      worker = undefined
      settle({ problem: { code: 'REPORT_REFUSED', message: `the report could not be read: ${why}` } })
    }
    fresh.on('error', error => ended(error.message))
    fresh.on('exit', code => ended(`its reader ended with ${code}`))
    return fresh
  }
  const next = (): void => {
    if (current !== undefined) return
    current = waiting.shift()
    if (current === undefined) return
    worker ??= started()
    worker.postMessage(current.bytes)
  }
  return {
    prepare: async bytes => {
      if (bytes.length <= INLINE_BYTES) return prepareReport(bytes)
      const answer = await new Promise<Answer>(done => {
        waiting.push({ bytes, done })
        next()
      })
      if ('problem' in answer) throw new AppError(answer.problem)
      return answer.prepared
    },
    close: async () => {
      const last = worker
      worker = undefined
      waiting.length = 0
      await last?.terminate()
    },
  }
}
