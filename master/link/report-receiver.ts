import { BlobAssembly } from '../../protocol/blob-transfer.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { BlobChunk, FromMaster, FromMinion } from '../../protocol/messages.ts'
import { verifyReport } from '../../protocol/order.ts'
import type { ProvenMinion } from './authenticator.ts'

/** Commits a report; is done only when it is on disk, throws when it could not be stored. The same run may come again. */
type ReportSink = (report: {
  readonly minion: MinionId
  readonly run: RunId
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}) => void | Promise<void>

export interface ReportDeps {
  readonly storeReport: ReportSink
  /** Decides before anything is fetched. A problem is final; `put-off`: no answer, the minion offers it again. */
  readonly judgeReport: (offer: {
    readonly minion: MinionId
    readonly run: RunId
    readonly size: number
  }) => 'take' | 'stored' | 'put-off' | Problem
  /** A report of this run will never be stored as it was offered. */
  readonly onReportRefused: (minion: MinionId, run: RunId, problem: Problem) => void
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

export interface ReportReceiver {
  offered(offer: Offer): void
  chunk(chunk: BlobChunk): void
}

/** Whatever happens, such a report stays what it is. */
const NEVER_STORED: ReadonlySet<string> = new Set(['REPORT_REFUSED', 'REPORT_TOO_LARGE'])

/** Reports of one minion that are put together at once: each takes its whole size in memory. */
const AT_ONCE = 2
/** Offers that wait for their turn; what is above is offered again by the minion. */
const WAITING = 1000

type Offer = Extract<FromMinion, { type: 'report-offer' }>

interface Incoming {
  readonly run: RunId
  readonly signature: Uint8Array
  readonly assembly: BlobAssembly
}

/** Fetches the reports that a minion offers, checks hash and signature, and says `report-stored` only after the commit. */
export function receiveReports(
  peer: ProvenMinion,
  send: (message: FromMaster) => boolean,
  deps: ReportDeps,
): ReportReceiver {
  const { minion } = peer
  /** By hash. */
  const incoming = new Map<string, Incoming>()
  /** Complete, and not on disk yet. */
  const storing = new Set<string>()
  const waiting: Offer[] = []
  const ask = ({ assembly }: Incoming): void => {
    for (const offset of assembly.wanted()) send({ type: 'blob-want', sha256: assembly.sha256, offset })
  }
  const startNext = (): void => {
    while (incoming.size + storing.size < AT_ONCE) {
      const offer = waiting.shift()
      if (offer === undefined) return
      const { run, sha256, size, signature } = offer
      const one = { run, signature, assembly: new BlobAssembly(sha256, size) }
      incoming.set(sha256, one)
      ask(one)
    }
  }
  const refuse = (run: RunId, problem: Problem): void => {
    const { code, message } = problem
    deps.log('report-not-stored', { minion, run, code, message })
    // Otherwise it is not answered: the minion keeps it and offers it again.
    if (!NEVER_STORED.has(code)) return
    try {
      deps.onReportRefused(minion, run, problem)
      send({ type: 'report-refused', run, problem })
    } catch (thrown) {
      // For example a full disk: offered again, it is answered then.
      deps.log('report-not-refused', { minion, run, message: problemsOf(thrown)[0].message })
    }
  }
  const store = async ({ run, signature, assembly: { sha256 } }: Incoming, bytes: Uint8Array): Promise<void> => {
    incoming.delete(sha256)
    storing.add(sha256)
    try {
      await deps.storeReport({ minion, run, bytes, signature })
      send({ type: 'report-stored', run })
    } catch (error) {
      refuse(run, problemsOf(error)[0])
    } finally {
      storing.delete(sha256)
      startNext()
    }
  }
  const isKnown = (sha256: string): boolean =>
    incoming.has(sha256) || storing.has(sha256) || waiting.some(other => other.sha256 === sha256)
  return {
    offered(offer) {
      const { run, sha256, size, signature } = offer
      if (!verifyReport(peer.key, run, sha256, signature)) {
        throw new AppError({
          code: 'MESSAGE_INVALID',
          message: `the report of ${run} is not signed by the key of this link`,
        })
      }
      if (isKnown(sha256) || waiting.length >= WAITING) return
      const verdict = deps.judgeReport({ minion, run, size })
      if (verdict === 'put-off') return deps.log('report-put-off', { minion, run })
      if (verdict === 'stored') return void send({ type: 'report-stored', run })
      if (verdict !== 'take') return refuse(run, verdict)
      waiting.push(offer)
      startNext()
    },
    chunk(chunk) {
      const one = incoming.get(chunk.sha256)
      if (one === undefined) return
      const bytes = one.assembly.take(chunk)
      if (bytes === undefined) ask(one)
      else void store(one, bytes)
    },
  }
}
