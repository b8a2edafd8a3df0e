import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '../system/write-atomic.ts'

/** Numbers that must never go back, on disk before they are used. */
export interface LinkNumbers {
  /** Connections made with this key. */
  readonly counter: number
  /** Highest order sequence accepted. */
  readonly sequence: number
  /** Highest epoch of a master certificate seen. */
  readonly epoch: number
  /** Raw key of the last master that proved itself, base64: verifies the cached catalog at boot. */
  readonly masterKey: string | undefined
}

export interface DurableNumbers {
  readonly current: LinkNumbers
  /** The highest order sequence that was taken, also when it is not on disk yet: what is not above it is a replay. */
  readonly highestSequence: number
  /** Taken from now on; resolves when it is on disk. */
  takeSequence(sequence: number): Promise<void>
  /** The next connection counter: also above what another process of this host has counted, such as `minion join`. */
  nextCounter(): Promise<number>
  /** Returns after fsync. */
  update(change: Partial<LinkNumbers>): Promise<void>
}

export async function loadNumbers(stateDirectory: string): Promise<DurableNumbers> {
  const path = join(stateDirectory, 'link.json')
  let writing: Promise<void> = Promise.resolve()
  let current: LinkNumbers = { counter: 0, sequence: 0, epoch: 0, masterKey: undefined, ...(await read(path)) }
  let taken = current.sequence
  const update = (change: Partial<LinkNumbers>): Promise<void> => {
    // One after the other: a late write of an older state would take a number back.
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
      const { counter = 0 } = await read(path)
      return Math.max(current.counter, counter) + 1
    },
    update,
  }

  async function write(change: Partial<LinkNumbers>): Promise<void> {
    const next = { ...current, ...change }
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
    const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    await writeAtomic({ path, data: JSON.stringify(next), mode: 0o600, ...own }, randomBytes(6).toString('hex'))
    current = next
  }
}

async function read(path: string): Promise<Partial<LinkNumbers>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Partial<LinkNumbers>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}
