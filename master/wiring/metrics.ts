import type { ControlContext } from '../context.ts'
import { fleetFacts } from '../control/fleet-facts.ts'
import type { FleetFacts } from '../metrics/facts.ts'
import type { Metrics } from '../metrics/metrics.ts'

/** Frequent or parallel scrapes must not make the master read its fleet for each. */
const KEEP_MS = 5_000

/** Creates the text of a scrape; the facts in it are at most five seconds old. */
export function expositionOf(context: ControlContext, metrics: Metrics, elapsed: () => number): () => Promise<string> {
  let kept: { readonly at: number; readonly facts: Promise<FleetFacts> } | undefined
  return async () => {
    if (kept === undefined || elapsed() - kept.at > KEEP_MS) {
      const facts = fleetFacts(context)
      kept = { at: elapsed(), facts }
      facts.catch(() => {
        // A fleet that cannot be read now may be repaired a moment later.
        kept = undefined
      })
    }
    return metrics.exposition(await kept.facts)
  }
}
