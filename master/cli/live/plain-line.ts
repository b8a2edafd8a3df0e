import type { ApplyEvent } from '../../jobs/results.ts'
import { minionCount } from '../render/minion-names.ts'
import { paintOf } from '../render/outcome.ts'
import { type Style, safe } from '../render/style.ts'
import { duration } from '../render/time.ts'
import type { LiveJob } from './job-live.ts'

/** The line that a pipe or a log gets for an event already applied to `live`; undefined: none. Pure. */
export function plainLine({ finished, minions }: LiveJob, event: ApplyEvent, style: Style): string | undefined {
  switch (event.type) {
    case 'job':
      return `${safe(event.job)} ${event.verb}: ${minionCount(event.minions.length)}`
    case 'finished': {
      const { minion, state, durationMs } = event.run
      const took = durationMs === undefined ? '' : `  ${duration(durationMs)}`
      return `${finished}/${minions}  ${safe(minion)}  ${paintOf(state, style)(state)}${took}`
    }
    case 'round':
      return `round ${event.round}: ${minionCount(event.minions.length)} applied again with the newly reported values`
    case 'run':
    case 'state':
      return undefined
    default:
      return event satisfies never
  }
}
