import type { JobId, MinionId } from '../../protocol/ids.ts'

/** Ordinal of a fleet snapshot in this process; a higher one is newer. */
export type SnapshotOrdinal = number

/**
 * Tracks which snapshot is newer, and from which one each minion got its last order. Content hashes of the fleet directory only
 * show whether two snapshots differ. Nothing survives the process, because an apply without an order is lost with it.
 */
export interface SnapshotOrder {
  /**
   * Reads the fleet, one read at a time, so that the later snapshot is also the newer. Calls during a read share the next one.
   */
  read<T>(read: () => Promise<T>): Promise<T>
  next(): SnapshotOrdinal
  /** Returns the job whose order to this minion came from a newer snapshot. */
  newer(minion: MinionId, than: SnapshotOrdinal): JobId | undefined
  ordered(minion: MinionId, ordinal: SnapshotOrdinal, job: JobId): void
}

export function createSnapshotOrder(): SnapshotOrder {
  const latest = new Map<MinionId, { readonly ordinal: SnapshotOrdinal; readonly job: JobId }>()
  let ordinal = 0
  let reading: Promise<unknown> | undefined
  let waiting: Promise<unknown> | undefined
  const begin = <T>(read: () => Promise<T>): Promise<T> => {
    const mine = read().finally(() => {
      if (reading === mine) reading = undefined
    })
    reading = mine
    return mine
  }
  return {
    read<T>(read: () => Promise<T>): Promise<T> {
      if (waiting !== undefined) return waiting as Promise<T>
      if (reading === undefined) return begin(read)
      const after = reading.then(
        () => undefined,
        () => undefined,
      )
      const next = after.then(() => {
        waiting = undefined
        return begin(read)
      })
      waiting = next
      return next
    },
    next: () => ++ordinal,
    newer: (minion, than) => {
      const last = latest.get(minion)
      return last !== undefined && last.ordinal > than ? last.job : undefined
    },
    ordered: (minion, of, job) => {
      const last = latest.get(minion)
      if (last === undefined || last.ordinal <= of) latest.set(minion, { ordinal: of, job })
    },
  }
}
