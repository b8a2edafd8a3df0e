import type { MinionId } from '../../protocol/ids.ts'

/** Sources (`sourceOf`) from which minions have proved an accepted key. Survives restarts of the master. */
export interface ProvenSources {
  /** True when a minion has proved a key from this source within the last 30 days and its key was not revoked since. */
  isKnown(source: string): boolean
  /** True when no source is stored: a new store, or one of a release that stored none. */
  isEmpty(): boolean
  /**
   * Records that a minion proved its key from this source, at `atMs` (milliseconds since 1970) or now. Throws STORE_FULL when
   * there is no space.
   */
  proved(source: string, minion: MinionId, atMs?: number): void
}
