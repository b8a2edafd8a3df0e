import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod/mini'
import { readSlots, writeSlots } from '../state/slot-file.ts'

/** Numbers that must never decrease; on disk before they are used. */
export interface LinkNumbers {
  /** Connections made with this key. */
  readonly counter: number
  /** Highest order sequence accepted. */
  readonly sequence: number
  /** Highest epoch of a master certificate seen. */
  readonly epoch: number
  /** Raw key of the last master that proved its identity, base64; verifies the cached catalog at boot. */
  readonly masterKey: string | undefined
}

export interface DurableNumbers {
  readonly current: LinkNumbers
  /** The highest order sequence taken, even if it is not on disk yet: anything not above it is a replay. */
  readonly highestSequence: number
  /** Takes a sequence at once; resolves when it is on disk. */
  takeSequence(sequence: number): Promise<void>
  /**
   * Returns the next connection counter, which is also above what other processes of this host, such as `minion join`, have
   * used.
   */
  nextCounter(): Promise<number>
  /** Returns after fsync. */
  update(change: Partial<LinkNumbers>): Promise<void>
}

const number = z._default(z.int().check(z.minimum(0)), 0)
const schema = z.object({ counter: number, sequence: number, epoch: number, masterKey: z.optional(z.string()) })

/** Throws STATE_DAMAGED. */
export async function checkNumbers(path: string): Promise<void> {
  await readSlots(path, schema)
}

/**
 * Loads the numbers from `link.json`, which has two slots so that a minion on a full disk can still connect. If a joined minion
 * lost the file or the newer slot, the counter continues from the clock in seconds: that is above anything it can have counted,
 * so the master does not take it for a copy. `now` in milliseconds. Throws STATE_DAMAGED.
 */
export async function loadNumbers(stateDirectory: string, now: () => number = Date.now): Promise<DurableNumbers> {
  const path = join(stateDirectory, 'link.json')
  const stored = await readSlots(path, schema)
  const isLost = stored === undefined ? await isThere(join(stateDirectory, 'minion.yml')) : stored.isTorn
  // The clock can be behind; a lost slot was ahead by one connection at most.
  const counter = (stored?.value.counter ?? 0) + (stored?.isTorn === true ? 1 : 0)
  let writing: Promise<void> = Promise.resolve()
  let current: LinkNumbers = {
    sequence: 0,
    epoch: 0,
    masterKey: undefined,
    ...stored?.value,
    counter: isLost ? Math.max(counter, Math.floor(now() / 1000)) : counter,
  }
  let taken = current.sequence
  const update = (change: Partial<LinkNumbers>): Promise<void> => {
    // Serialized: a late write of an older state would decrease a number.
    const written = writing.then(() => write(change))
    writing = written.catch(() => undefined)
    return written
  }
  return {
    get current() {
      return current
    },
    get highestSequence() {
      return Math.max(taken, current.sequence)
    },
    takeSequence(sequence) {
      taken = Math.max(taken, sequence)
      return update({ sequence: taken })
    },
    async nextCounter() {
      const { counter } = (await readSlots(path, schema))?.value ?? current
      return Math.max(current.counter, counter) + 1
    },
    update,
  }

  async function write(change: Partial<LinkNumbers>): Promise<void> {
    const next = { ...current, ...change }
    await writeSlots(path, next)
    current = next
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
