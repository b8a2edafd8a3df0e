import { AppError } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'
import type { FleetFacts, MinionFacts } from '../metrics/facts.ts'
import type { LastRun } from '../store/tables/gauges.ts'
import { issuedCertificates } from './issued-certificates.ts'
import { type FleetMinion, takeSnapshot } from './snapshot.ts'

const ON_THE_WAY = ['queued', 'sent', 'accepted', 'running'] as const

/** Counts the fleet for metrics. Reads the fleet directory, so frequent callers should cache the result for some seconds. */
export async function fleetFacts(context: ControlContext): Promise<FleetFacts> {
  const { store, links } = context
  const minions = await minionsNow(context)
  const { keys, runs } = store.status()
  const { lastRuns, finished, judgements } = store.gauges()
  const runsOf = Map.groupBy(lastRuns, ({ minion }) => minion)
  return {
    keys,
    onTheWay: Object.fromEntries(ON_THE_WAY.map(state => [state, runs[state] ?? 0])),
    finished,
    certificates: issuedCertificates(context, minions).map(({ notAfter, ...rest }) => {
      return { ...rest, notAfter: seconds(notAfter) }
    }),
    judgements: judgements.map(({ at, ...rest }) => ({ ...rest, at: seconds(at) })),
    events: store.log.lastSeq(),
    minions: minions.flatMap(({ id, known, assignment }): readonly MinionFacts[] => {
      if (known === undefined) return []
      const { lastSeenAt } = known
      return [
        {
          minion: id,
          level: assignment.level ?? '',
          connected: links.isOnline(id),
          lastSeen: lastSeenAt === undefined ? undefined : seconds(lastSeenAt),
          runs: (runsOf.get(id) ?? []).map(runFacts),
        },
      ]
    }),
  }
}

/** Falls back to accepted minions without a level when the fleet cannot be read, so that metrics continue. */
async function minionsNow(context: ControlContext): Promise<readonly NumberedMinion[]> {
  try {
    return (await takeSnapshot(context)).minions
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    const accepted = context.store.minions.list().filter(({ fingerprint }) => fingerprint !== undefined)
    return accepted.map(known => ({ id: known.id, known, assignment: { level: undefined } }))
  }
}

type NumberedMinion = Pick<FleetMinion, 'id' | 'known'> & {
  readonly assignment: { readonly level: string | undefined }
}

function runFacts({ verb, state, finishedAt, counts }: LastRun): MinionFacts['runs'][number] {
  return { verb, ok: state === 'done', at: seconds(finishedAt), states: { ...counts } }
}

function seconds(moment: string): number {
  return Date.parse(moment) / 1000
}
