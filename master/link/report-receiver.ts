import { BlobAssembly } from '../../protocol/blob-transfer.ts'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { BlobChunk, FromMaster, FromMinion } from '../../protocol/messages.ts'
import { verifyReport } from '../../protocol/order.ts'
import type { ProvenMinion } from './gatekeeper.ts'

/** Commits a report; returns only when it is on disk, throws when it could not be stored. The same run may come again. */
export type ReportSink = (report: {
  readonly minion: MinionId
  readonly run: RunId
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}) => void

export interface ReportReceiver {
  offered(offer: Offer): void
  chunk(chunk: BlobChunk): void
}

/** Whatever happens, such a report stays what it is. */
const NEVER_STORED: ReadonlySet<string> = new Set(['REPORT_REFUSED'])

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
  deps: {
    readonly storeReport: ReportSink
    readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
  },
): ReportReceiver {
  const incoming = new Map<string, Incoming>()
  const waiting: Offer[] = []
  const ask = ({ assembly }: Incoming): void => {
    for (const offset of assembly.wanted()) send({ type: 'blob-want', sha256: assembly.sha256, offset })
  }
  const startNext = (): void => {
    while (incoming.size < AT_ONCE) {
      const offer = waiting.shift()
      if (offer === undefined) return
      const { run, sha256, size, signature } = offer
      const one = { run, signature, assembly: new BlobAssembly(sha256, size) }
      incoming.set(sha256, one)
      ask(one)
    }
  }
  return {
    offered(offer) {
      const { run, sha256, signature } = offer
      if (!verifyReport(peer.key, run, sha256, signature)) {
        throw new AppError({
          code: 'MESSAGE_INVALID',
          message: `the report of ${run} is not signed by the key of this link`,
        })
      }
      const known = incoming.has(sha256) || waiting.some(other => other.sha256 === sha256)
      if (!known && waiting.length < WAITING) waiting.push(offer)
      startNext()
    },
    chunk(chunk) {
      const one = incoming.get(chunk.sha256)
      if (one === undefined) return
      const bytes = one.assembly.take(chunk)
      if (bytes === undefined) return ask(one)
      incoming.delete(chunk.sha256)
      startNext()
      try {
        deps.storeReport({ minion: peer.minion, run: one.run, bytes, signature: one.signature })
        send({ type: 'report-stored', run: one.run })
      } catch (error) {
        const [problem] = problemsOf(error)
        deps.log('report-not-stored', {
          minion: peer.minion,
          run: one.run,
          code: problem.code,
          message: problem.message,
        })
        // Otherwise it is not answered: the minion keeps it and offers it again.
        if (NEVER_STORED.has(problem.code)) send({ type: 'report-refused', run: one.run, problem })
      }
    },
  }
}
