import type { JobId, MinionId } from '../../protocol/ids.ts'

/** The place of one snapshot of the fleet among all of this process; of two, the higher one is the newer. */
export type SnapshotOrdinal = number

/**
 * Which snapshot of the fleet is newer, and which one each minion was last given an order from. Content hashes of the fleet
 * directory say only whether two differ. Nothing of this outlives the process: an apply that it had not ordered is gone.
 */
export interface SnapshotOrder {
  /**
   * One read of the fleet at a time, so that of two the later one holds what is newer. Whoever asks while a read is going
   * on gets the next one, together with all others who do.
   */
  read<T>(read: () => Promise<T>): Promise<T>
  next(): SnapshotOrdinal
  /** The job that gave this minion an order from a newer snapshot. */
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
