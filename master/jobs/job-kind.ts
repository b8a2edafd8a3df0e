import type { OrphanWish } from '../../protocol/order.ts'
import type { JobVerb } from '../store/log/events.ts'
import type { Job } from '../store/tables/jobs.ts'

type Kind = Pick<Job, 'verb' | 'options'>

/** True for a verb about orphans, whose runs apply nothing. Pure. */
export function isAboutOrphans(verb: JobVerb): boolean {
  return verb === 'orphans-remove' || verb === 'orphans-forget'
}

/** True when the runs of a job change nothing. Pure. */
export function isDryRun({ verb, options }: Kind): boolean {
  return verb === 'test' || (isAboutOrphans(verb) && options['test'] === true)
}

/** What the runs of a job do about orphans; undefined when they apply their catalog. Pure. */
export function orphanWishOf({ verb, options }: Kind): OrphanWish | undefined {
  if (!isAboutOrphans(verb)) return undefined
  const { states } = options
  const only = Array.isArray(states) ? { states: states.map(String) } : {}
  return { do: verb === 'orphans-remove' ? 'remove' : 'forget', ...only }
}
