import type { Problem } from '../../protocol/errors.ts'
import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { ReceivedReport, ReportOffer, ReportSink, ReportVerdict } from '../link/report-receiver.ts'
import type { ReportRule } from '../link/report-rule.ts'
import type { Store } from '../store/open.ts'
import { prepareReport } from '../store/tables/prepare-report.ts'
import { type ReportParser, SMALL_REPORT } from '../store/tables/report-parser.ts'
import type { Dispatcher } from './dispatcher-port.ts'

/** A minion that has reached its quota for today. */
interface OverQuota {
  readonly minion: MinionId
  /** ISO 8601. */
  readonly since: string
}

interface Usage {
  count: number
  bytes: number
  /** Bytes of each report taken today, so that a report offered again after a disconnect is not counted twice. */
  readonly runs: Map<RunId, number>
}

interface Deps {
  readonly store: Pick<Store, 'runs' | 'reports' | 'log'>
  readonly rule: ReportRule
  readonly parser: Pick<ReportParser, 'prepare'>
  readonly dispatcher: Pick<Dispatcher, 'report' | 'reportRefused'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Judges each offered report before any byte of it is fetched, and stores the fetched ones. */
export class ReportIntake implements ReportSink {
  readonly #deps: Deps
  #today = ''
  readonly #usages = new Map<MinionId, Usage>()
  readonly #reached = new Map<MinionId, string>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  judge(offer: ReportOffer): ReportVerdict {
    const { store, rule } = this.#deps
    this.#turnDay()
    if (offer.size > rule.maxBytes) return tooLarge(offer.size, rule.maxBytes)
    const run = store.runs.get(offer.run)
    if (run === undefined) return this.#judgeUnordered(offer)
    if (run.minion !== offer.minion) {
      return { code: 'REPORT_REFUSED', message: `\`${offer.run}\` belongs to another minion` }
    }
    return run.report === undefined ? 'take' : 'stored'
  }

  /** Large reports are parsed off the event loop. */
  async store(report: ReceivedReport): Promise<void> {
    const { parser, dispatcher } = this.#deps
    const { bytes } = report
    const prepared = bytes.length <= SMALL_REPORT ? prepareReport(bytes) : await parser.prepare(bytes)
    await new Promise<void>((resolve, reject) => {
      dispatcher.report({ ...report, prepared }, result => {
        try {
          resolve(result())
        } catch (thrown) {
          reject(thrown)
        }
      })
    })
  }

  refused(minion: MinionId, run: RunId, problem: Problem): void {
    this.#deps.dispatcher.reportRefused(minion, run, problem)
  }

  /** Minions over their quota today. */
  overQuota(): readonly OverQuota[] {
    this.#turnDay()
    return [...this.#reached].map(([minion, since]) => ({ minion, since }))
  }

  #turnDay(): void {
    const day = new Date(this.#deps.now()).toISOString().slice(0, 10)
    if (day === this.#today) return
    this.#today = day
    this.#usages.clear()
    this.#reached.clear()
  }

  #usageOf(minion: MinionId): Usage {
    const known = this.#usages.get(minion)
    if (known !== undefined) return known
    const { reports } = this.#deps.store
    const fresh = { ...reports.unordered(minion, `${this.#today}T00:00:00.000Z`), runs: new Map<RunId, number>() }
    this.#usages.set(minion, fresh)
    return fresh
  }

  /** Judges the report of a run that this master did not order. */
  #judgeUnordered({ minion, run, size }: ReportOffer): ReportVerdict {
    const { store, now } = this.#deps
    const { unorderedBytes, unorderedCount } = this.#deps.rule
    const usage = this.#usageOf(minion)
    const before = usage.runs.get(run)
    const more = Math.max(0, size - (before ?? 0))
    if (usage.count + (before === undefined ? 1 : 0) > unorderedCount || usage.bytes + more > unorderedBytes) {
      if (!this.#reached.has(minion)) {
        this.#reached.set(minion, new Date(now()).toISOString())
        // Once a day, even if the master restarts in between.
        const event = { type: 'report-quota-reached', minion, day: this.#today } as const
        store.log.append(event, { idempotencyKey: `report-quota/${minion}/${this.#today}` })
      }
      return 'put-off'
    }
    if (before === undefined) usage.count += 1
    usage.bytes += more
    usage.runs.set(run, Math.max(size, before ?? 0))
    return 'take'
  }
}

function tooLarge(size: number, maxBytes: number): Problem {
  return {
    code: 'REPORT_TOO_LARGE',
    message: `a report has at most ${maxBytes} bytes, this one has ${size}`,
    hint: 'A minion of this version shortens it and sends it again; an older one does not: upgrade it, then apply again. To take larger reports, set `reports: {max: 32M}` in `/etc/saltern/master.yml`.',
  }
}
