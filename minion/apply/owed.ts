import { z } from 'zod/mini'
import { AppError } from '../../protocol/errors.ts'
import type { StateKey } from '../../protocol/ids.ts'
import { damaged, readStateJson, writeState } from '../state/state-file.ts'

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

/** STATE_DAMAGED: which triggers are owed is not known, and to forget one would leave an old program running. */
export async function loadOwed(path: string): Promise<OwedReactions> {
  let all: readonly Debt[] = await readDebts(path)
  const isSame =
    (a: Debt) =>
    (b: Debt): boolean =>
      a.state === b.state && a.cause === b.cause
  const write = async (next: readonly Debt[]): Promise<void> => {
    await writeState(path, JSON.stringify(next))
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

const key = z.custom<StateKey>(value => typeof value === 'string')
const schema = z.array(z.object({ state: key, cause: key }))

async function readDebts(path: string): Promise<readonly Debt[]> {
  try {
    return (await readStateJson(path, schema)) ?? []
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'STATE_DAMAGED') throw error
    const why = 'which triggers an interrupted run still owes is not known'
    const hint = `Move it away, apply, and restart the services whose files changed in the last run: \`mv ${path} ${path}.damaged\`.`
    throw damaged(path, why, error, hint)
  }
}
