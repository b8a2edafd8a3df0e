import type { MinionId } from '../../protocol/ids.ts'

/** Sources (`sourceOf`) from which minions proved an accepted key. Survives a restart of the master. */
export interface ProvenSources {
  /** True when a minion proved a key from there within the last 30 days, and its key was not revoked since. */
  isKnown(source: string): boolean
  /** True when no source is remembered: a new store, or one of a release that remembered none. */
  isEmpty(): boolean
  /** A minion proved its key from there, at `atMs` (milliseconds since 1970) or just now. STORE_FULL without room. */
  proved(source: string, minion: MinionId, atMs?: number): void
}
