import type { FromMinion } from '../../protocol/messages.ts'
import type { MinionLink } from './minion-link.ts'

export type Hello = Extract<FromMinion, { type: 'hello' }>
/** Messages from a minion that the link passes on after its hello. */
export type Announcement = Exclude<FromMinion, { type: 'hello' | 'blob-get' | 'blob-chunk' | 'report-offer' }>

/** Handles the links of minions. */
export interface LinkListener {
  /** Called when a minion has proved its key. */
  add(link: MinionLink): void
  /** Called with the hello. Resolves when it is on disk; the link handles no other message before. */
  greet(link: MinionLink, hello: Hello): Promise<void>
  hear(link: MinionLink, message: Announcement): void
  remove(link: MinionLink, reason: string): void
}
