import type { MinionFacts } from './facts.ts'
import type { Finding, Trouble } from './report.ts'

/** What a finding says, apart from whose it is. */
export type Words = Pick<Finding, 'kind' | 'subject' | 'title'> & Partial<Finding>

/** A finding about one minion. Pure. */
export function findingAbout(
  { minion, level = '' }: Pick<MinionFacts, 'minion' | 'level'>,
  status: Trouble,
  words: Words,
): Finding {
  const id = words.kind === words.subject ? `${minion}/${words.kind}` : `${minion}/${words.kind}/${words.subject}`
  return { id, status, level, minion, actions: [], states: [], isNew: false, ...words }
}
