import type { Problem } from '../../protocol/errors.ts'
import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { ReportRule } from '../link/report-rule.ts'
import type { Store } from '../store/open.ts'

interface ReportOffer {
  readonly minion: MinionId
  readonly run: RunId
  /** Bytes. */
  readonly size: number
}

/** A problem is final. `put-off`: it is not asked for now, and the minion offers it again. */
type ReportVerdict = 'take' | 'stored' | 'put-off' | Problem

/** A minion that reached its quota of today. */
interface OverQuota {
  readonly minion: MinionId
  /** ISO 8601. */
  readonly since: string
}

export interface ReportGate {
  judge(offer: ReportOffer): ReportVerdict
  /** Those of today. */
  overQuota(): readonly OverQuota[]
}

interface Usage {
  count: number
  bytes: number
  /** Bytes of those taken today: offered again after a cut, a report is not counted twice. */
  readonly runs: Map<RunId, number>
}

/** Decides about each offered report before a byte of it is fetched. `now` is milliseconds since 1970. */
export function createReportGate({
  store,
  rule,
  now,
}: {
  readonly store: Pick<Store, 'runs' | 'reports' | 'log'>
  readonly rule: ReportRule
  readonly now: () => number
}): ReportGate {
  let today = ''
  const usages = new Map<MinionId, Usage>()
  const reached = new Map<MinionId, string>()
  const turnDay = (): void => {
    const day = new Date(now()).toISOString().slice(0, 10)
    if (day === today) return
    today = day
    usages.clear()
    reached.clear()
  }
  const usageOf = (minion: MinionId): Usage => {
    const known = usages.get(minion)
    if (known !== undefined) return known
    const fresh = { ...store.reports.unordered(minion, `${today}T00:00:00.000Z`), runs: new Map<RunId, number>() }
    usages.set(minion, fresh)
    return fresh
  }
  /** Of a run that this master did not order. */
  const judgeUnordered = ({ minion, run, size }: ReportOffer): ReportVerdict => {
    const usage = usageOf(minion)
    const before = usage.runs.get(run)
    const more = Math.max(0, size - (before ?? 0))
    const { unorderedBytes, unorderedCount } = rule
    if (usage.count + (before === undefined ? 1 : 0) > unorderedCount || usage.bytes + more > unorderedBytes) {
      if (!reached.has(minion)) {
        reached.set(minion, new Date(now()).toISOString())
        // Once a day, also when the master was restarted in between.
        const event = { type: 'report-quota-reached', minion, day: today } as const
        store.log.append(event, { idempotencyKey: `report-quota/${minion}/${today}` })
      }
      return 'put-off'
    }
    if (before === undefined) usage.count += 1
    usage.bytes += more
    usage.runs.set(run, Math.max(size, before ?? 0))
    return 'take'
  }
  return {
    judge: offer => {
      turnDay()
      if (offer.size > rule.maxBytes) return tooLarge(offer.size, rule.maxBytes)
      const run = store.runs.get(offer.run)
      if (run === undefined) return judgeUnordered(offer)
      if (run.minion !== offer.minion)
        return { code: 'REPORT_REFUSED', message: `\`${offer.run}\` belongs to another minion` }
      return run.report === undefined ? 'take' : 'stored'
    },
    overQuota: () => {
      turnDay()
      return [...reached].map(([minion, since]) => ({ minion, since }))
    },
  }
}

function tooLarge(size: number, maxBytes: number): Problem {
  return {
    code: 'REPORT_TOO_LARGE',
    message: `a report has at most ${maxBytes} bytes, this one has ${size}`,
    hint: 'A minion of this version shortens it and sends it again; an older one does not: upgrade it, then apply again. To take larger reports, set `reports: {max: 32M}` in `/etc/saltern/master.yml`.',
  }
}
