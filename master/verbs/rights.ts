import type { RightsTable } from '../access/verb-right.ts'
import { STREAM_RIGHTS } from '../sessions/stream-contract.ts'
import { VERBS } from './index.ts'

/** The rights to all verbs, and to the sessions that an operator opens on a minion. */
export const RIGHTS: RightsTable = new Map([
  ...VERBS.map(({ name, right }) => [name, right] as const),
  ...Object.entries(STREAM_RIGHTS),
])
