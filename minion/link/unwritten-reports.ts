import type { RunId } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'

const MOST = 20
const MOST_BYTES = 2 * LIMITS.reportBytes

/**
 * Reports that the master refused for good while the disk was full. Keeps the newest ones in memory until they can be written.
 */
export class UnwrittenReports {
  readonly #reports = new Map<RunId, Uint8Array>()

  /** Oldest first. */
  get runs(): readonly RunId[] {
    return [...this.#reports.keys()]
  }

  has(run: RunId): boolean {
    return this.#reports.has(run)
  }

  get(run: RunId): Uint8Array | undefined {
    return this.#reports.get(run)
  }

  /** Keeps a report; returns the runs whose reports were discarded to limit memory. */
  keep(run: RunId, bytes: Uint8Array): readonly RunId[] {
    this.#reports.delete(run)
    this.#reports.set(run, bytes)
    const dropped: RunId[] = []
    for (const oldest of this.runs) {
      if (oldest === run || (this.#reports.size <= MOST && this.#bytes <= MOST_BYTES)) break
      this.#reports.delete(oldest)
      dropped.push(oldest)
    }
    return dropped
  }

  delete(run: RunId): void {
    this.#reports.delete(run)
  }

  get #bytes(): number {
    return this.#reports.values().reduce((sum, { length }) => sum + length, 0)
  }
}
