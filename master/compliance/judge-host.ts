import type { Observations } from '../../protocol/observations.ts'
import type { MinionFacts } from './facts.ts'
import { findingAbout } from './finding.ts'
import type { Finding, Trouble } from './report.ts'

/** One thing that can be wrong with a host, as its minion reports it. */
export interface HostRule {
  /** Names the thing in the id of the finding; never changed once it is released. */
  readonly subject: string
  readonly status: Trouble
  readonly isWrong: (seen: Observations) => boolean
  readonly title: string
  readonly detail: string
  /** What to type next. */
  readonly next: (minion: string) => string
}

/** What is judged of a host beside its states, checks and contracts. docs/contributing/adding-a-report-field.md adds a row. */
const HOST_RULES: readonly HostRule[] = []

/** What the last test run saw of the host, and should not be so. Pure. */
export function hostFindings(facts: MinionFacts, rules: readonly HostRule[] = HOST_RULES): readonly Finding[] {
  const seen = facts.test?.report?.observed
  if (seen === undefined) return []
  return rules
    .filter(({ isWrong }) => isWrong(seen))
    .map(({ subject, status, title, detail, next }) =>
      findingAbout(facts, status, { kind: 'host', subject, title, detail, next: next(facts.minion) }),
    )
}
