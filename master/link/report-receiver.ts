import { BlobAssembly } from '../../protocol/blob-transfer.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { BlobChunk, FromMaster, FromMinion } from '../../protocol/messages.ts'
import { verifyReport } from '../../protocol/order.ts'
import type { ProvenMinion } from './authenticator.ts'

/** A complete report with a valid signature. */
export interface ReceivedReport {
  readonly minion: MinionId
  readonly run: RunId
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}

export interface ReportOffer {
  readonly minion: MinionId
  readonly run: RunId
  /** Bytes. */
  readonly size: number
}

/**
 * The decision about an offered report. A problem is final; `put-off`: the report is not fetched now, and the minion offers it
 * again.
 */
export type ReportVerdict = 'take' | 'stored' | 'put-off' | Problem

/** Accepts or refuses reports. */
export interface ReportSink {
  /** Decides before any byte is fetched. */
  judge(offer: ReportOffer): ReportVerdict
  /** Resolves only when the report is on disk; throws when it could not be stored. May be called again for the same run. */
  store(report: ReceivedReport): void | Promise<void>
  /** Called when a report of this run will never be stored as it was offered. */
  refused(minion: MinionId, run: RunId, problem: Problem): void
}

export interface ReportDeps {
  readonly intake: ReportSink
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

/** Final refusals: a retry cannot change the result. */
const NEVER_STORED: ReadonlySet<string> = new Set(['REPORT_REFUSED', 'REPORT_TOO_LARGE'])

/** Reports of one minion assembled at once: each needs its whole size in memory. */
const AT_ONCE = 2
/** Offers that can wait for their turn; the minion offers further ones again. */
const WAITING = 1000

type Offer = Extract<FromMinion, { type: 'report-offer' }>

interface Incoming {
  readonly run: RunId
  readonly signature: Uint8Array
  readonly assembly: BlobAssembly
}

interface Sender {
  send(message: FromMaster): boolean
}

/** Fetches the reports that a minion offers, checks hash and signature, and sends `report-stored` only after the commit. */
export class ReportReceiver {
  readonly #peer: ProvenMinion
  readonly #link: Sender
  readonly #deps: ReportDeps
  /** By hash. */
  readonly #incoming = new Map<string, Incoming>()
  /** Complete, but not on disk yet. */
  readonly #storing = new Set<string>()
  readonly #waiting: Offer[] = []

  constructor(peer: ProvenMinion, link: Sender, deps: ReportDeps) {
    this.#peer = peer
    this.#link = link
    this.#deps = deps
  }

  /** Handles an offered report. Throws MESSAGE_INVALID for one that is not signed by the minion of this link. */
  offered(offer: Offer): void {
    const { run, sha256, size, signature } = offer
    const { minion, key } = this.#peer
    if (!verifyReport(key, run, sha256, signature)) {
      throw new AppError({
        code: 'MESSAGE_INVALID',
        message: `the report of ${run} is not signed by the key of this link`,
      })
    }
    if (this.#isKnown(sha256) || this.#waiting.length >= WAITING) return
    const verdict = this.#deps.intake.judge({ minion, run, size })
    if (verdict === 'put-off') return this.#deps.log('report-put-off', { minion, run })
    if (verdict === 'stored') return void this.#link.send({ type: 'report-stored', run })
    if (verdict !== 'take') return this.#refuse(run, verdict)
    this.#waiting.push(offer)
    this.#startNext()
  }

  /**
   * Adds a chunk to a report. Rejects for a chunk that does not fit. A report that cannot be stored is refused, or offered
   * again by the minion.
   */
  async chunk(chunk: BlobChunk): Promise<void> {
    const { sha256 } = chunk
    const one = this.#incoming.get(sha256)
    if (one === undefined) return
    const bytes = one.assembly.take(chunk)
    for (const offset of one.assembly.wanted()) this.#link.send({ type: 'blob-want', sha256, offset })
    if (bytes === undefined) return
    const { run, signature } = one
    this.#incoming.delete(sha256)
    this.#storing.add(sha256)
    try {
      await this.#deps.intake.store({ minion: this.#peer.minion, run, bytes, signature })
      this.#link.send({ type: 'report-stored', run })
    } catch (error) {
      this.#refuse(run, problemsOf(error)[0])
    } finally {
      this.#storing.delete(sha256)
      this.#startNext()
    }
  }

  #startNext(): void {
    while (this.#incoming.size + this.#storing.size < AT_ONCE) {
      const offer = this.#waiting.shift()
      if (offer === undefined) return
      const { run, sha256, size, signature } = offer
      const one = { run, signature, assembly: new BlobAssembly(sha256, size) }
      this.#incoming.set(sha256, one)
      for (const offset of one.assembly.wanted()) this.#link.send({ type: 'blob-want', sha256, offset })
    }
  }

  #isKnown(sha256: string): boolean {
    const waits = this.#waiting.some(other => other.sha256 === sha256)
    return waits || this.#incoming.has(sha256) || this.#storing.has(sha256)
  }

  #refuse(run: RunId, problem: Problem): void {
    const { log, intake } = this.#deps
    const { minion } = this.#peer
    const { code, message } = problem
    log('report-not-stored', { minion, run, code, message })
    // Otherwise send no answer: the minion keeps the report and offers it again.
    if (!NEVER_STORED.has(code)) return
    try {
      intake.refused(minion, run, problem)
      this.#link.send({ type: 'report-refused', run, problem })
    } catch (thrown) {
      // For example a full disk: the refusal is sent at the next offer.
      log('report-not-refused', { minion, run, message: problemsOf(thrown)[0].message })
    }
  }
}
