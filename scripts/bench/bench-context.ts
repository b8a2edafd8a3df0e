import type { Built } from './built.ts'
import type { Peer } from './peers/peer.ts'
import type { LeftOut, Row } from './row.ts'
import type { Sizes } from './sizes.ts'

/** What a section needs to measure. */
export interface BenchContext {
  readonly built: Built
  /** An empty directory of this section; removed afterwards. */
  readonly directory: string
  readonly sizes: Sizes
  readonly peers: readonly Peer[]
  /** Takes a row as soon as it was measured. */
  readonly add: (row: Row) => void
  readonly leaveOut: (what: string, why: string) => void
}

export type Section = Pick<LeftOut, 'section'> & {
  /** What the section measures, and its floor, in one sentence for the docs. */
  readonly about: string
  readonly measure: (context: BenchContext) => Promise<void>
}
