import type { FromMinion } from '../../protocol/messages.ts'

export type Hello = Extract<FromMinion, { type: 'hello' }>
/** Messages from a minion that the link passes on after its hello. */
export type Announcement = Exclude<FromMinion, { type: 'hello' | 'blob-get' | 'blob-chunk' | 'report-offer' }>
