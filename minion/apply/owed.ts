import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StateKey } from '../../protocol/ids.ts'
import { writeAtomic } from '../system/write-atomic.ts'

/** A reaction that a state owes because another changed. */
export interface Debt {
  readonly state: StateKey
  readonly cause: StateKey
}

/** Reactions that are owed, on disk before the action that causes them, gone only when they succeeded (DECISIONS 8). */
export interface OwedReactions {
  readonly all: readonly Debt[]
  /** Returns after fsync. */
  owe(debts: readonly Debt[]): Promise<void>
  pay(debts: readonly Debt[]): Promise<void>
}

export async function loadOwed(path: string): Promise<OwedReactions> {
  let all: readonly Debt[] = await readDebts(path)
  const isSame =
    (a: Debt) =>
    (b: Debt): boolean =>
      a.state === b.state && a.cause === b.cause
  const write = async (next: readonly Debt[]): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
    await writeAtomic({ path, data: JSON.stringify(next), mode: 0o600, ...own }, randomBytes(6).toString('hex'))
    all = next
  }
  return {
    get all() {
      return all
    },
    async owe(debts) {
      const fresh = debts.filter(debt => !all.some(isSame(debt)))
      if (fresh.length > 0) await write([...all, ...fresh])
    },
    async pay(debts) {
      const rest = all.filter(debt => !debts.some(isSame(debt)))
      if (rest.length < all.length) await write(rest)
    },
  }
}

async function readDebts(path: string): Promise<readonly Debt[]> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as readonly Debt[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
