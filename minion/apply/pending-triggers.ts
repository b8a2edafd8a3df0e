import { z } from 'zod/mini'
import { AppError } from '../../protocol/errors.ts'
import type { StateKey } from '../../protocol/ids.ts'
import { damaged, readStateJson, writeState } from '../state/state-file.ts'

/** A reaction of `state` to a change of `cause` that has not succeeded yet. */
export interface PendingTrigger {
  readonly state: StateKey
  readonly cause: StateKey
}

/**
 * Reactions that have not run yet: written to disk before the action that causes them, cleared only when the reaction
 * succeeded.
 */
export interface PendingTriggers {
  readonly all: readonly PendingTrigger[]
  /** Returns after fsync. */
  add(triggers: readonly PendingTrigger[]): Promise<void>
  clear(triggers: readonly PendingTrigger[]): Promise<void>
}

/**
 * Loads the pending triggers. Throws STATE_DAMAGED: a damaged file must not count as empty, since a lost trigger would leave an
 * outdated program running.
 */
export async function loadPendingTriggers(path: string): Promise<PendingTriggers> {
  let all: readonly PendingTrigger[] = await readTriggers(path)
  const isSame =
    (a: PendingTrigger) =>
    (b: PendingTrigger): boolean =>
      a.state === b.state && a.cause === b.cause
  const write = async (next: readonly PendingTrigger[]): Promise<void> => {
    await writeState(path, JSON.stringify(next))
    all = next
  }
  return {
    get all() {
      return all
    },
    async add(triggers) {
      const fresh = triggers.filter(trigger => !all.some(isSame(trigger)))
      if (fresh.length > 0) await write([...all, ...fresh])
    },
    async clear(triggers) {
      const rest = all.filter(trigger => !triggers.some(isSame(trigger)))
      if (rest.length < all.length) await write(rest)
    },
  }
}

const key = z.custom<StateKey>(value => typeof value === 'string')
const schema = z.array(z.object({ state: key, cause: key }))

async function readTriggers(path: string): Promise<readonly PendingTrigger[]> {
  try {
    return (await readStateJson(path, schema)) ?? []
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'STATE_DAMAGED') throw error
    const why = 'the pending triggers of an interrupted run are unknown'
    const hint = `Move it away, apply, and restart the services whose files changed in the last run: \`mv ${path} ${path}.damaged\`.`
    throw damaged(path, why, error, hint)
  }
}
