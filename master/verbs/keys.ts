import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import type { Fingerprint, MinionId } from '../../protocol/ids.ts'
import { minionId, newMinionId } from '../../protocol/ids.ts'
import { checkBound } from '../access/check-bound.ts'
import type { ControlContext } from '../context.ts'
import { takeSnapshot } from '../control/snapshot.ts'
import { assign } from '../fleet/inventory.ts'
import { dropRuns } from '../jobs/drop-runs.ts'
import type { KeyState, KnownKey } from '../keys/key-store.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

/** Verbs for the keys of minions. */

export interface KeyRow {
  readonly minion: string
  readonly state: 'pending' | 'accepted' | 'rejected' | 'revoked'
  readonly fingerprint: string
  readonly firstSeenAt: string
  readonly decidedAt?: string
  readonly by?: string
  readonly address?: string
  readonly roles?: readonly string[]
  readonly level?: string
  /** When one of two hosts that used this key was refused. */
  readonly cloneAlarmAt?: string
  /** Address of the host that was refused then. */
  readonly cloneAddress?: string
  /** The host that was last admitted with a key that two hosts used, and when it was last online. */
  readonly lastAdmitted?: { readonly address: string; readonly at: string }
  /** Of a pending key: the key accepted for the same id. */
  readonly acceptedKey?: string
}

/** A key that is accepted, or would be, with the roles and level that its minion then has by the inventory and this decision. */
export interface AcceptResult extends KeyRow {
  readonly follows: { readonly roles: readonly string[]; readonly level?: string }
}

export const keysVerb = defineVerb({
  name: 'keys',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'read' },
  async run({ keyStore, store }): Promise<{ readonly keys: readonly KeyRow[] }> {
    const all = keyStore.list()
    const accepted = acceptedKeys(all)
    return {
      keys: all.map(key => {
        const other = key.state === 'pending' ? accepted.get(key.minion) : undefined
        const link = key.cloneAlarmAt === undefined ? undefined : store.minions.get(key.minion)
        const { address, lastSeenAt: at } = link ?? {}
        return {
          ...keyRow(key),
          ...(other === undefined ? {} : { acceptedKey: other }),
          ...(address === undefined || at === undefined ? {} : { lastAdmitted: { address, at } }),
        }
      }),
    }
  },
})

const acceptVerb = defineVerb({
  name: 'key-accept',
  input: z.strictObject({
    id: name,
    fingerprint: name.optional(),
    roles: z.array(name).optional(),
    level: name.optional(),
    /** Only shows what would follow. */
    preview: z.boolean().optional(),
  }),
  right: { on: 'fleet', kind: 'write' },
  async run(context, { id, fingerprint, roles, level, preview }, { caller: { operator } }): Promise<AcceptResult> {
    const minion = minionId(id)
    await checkBound(context, roles ?? [], level)
    const key = pickKey(context, minion, fingerprint, ['pending', 'accepted'])
    // A key that was pending before these ids were refused. One that is accepted stays.
    if (key.state === 'pending') newMinionId(minion)
    const bound = { ...(roles === undefined ? {} : { roles }), ...(level === undefined ? {} : { level }) }
    const chosen = { roles: roles ?? [], level }
    // A broken fleet must not prevent accepting a key, unless a preview was requested.
    const follows = await followsFrom(context, minion, chosen).catch((thrown: unknown) => {
      if (preview === true) throw thrown
      return { roles: chosen.roles, ...(level === undefined ? {} : { level }) }
    })
    if (preview === true) return { ...keyRow(key), follows }
    const decision = context.keyStore.accept(minion, key.fingerprint, operator, bound)
    if (decision === 'taken') {
      throw new AppError({
        code: 'KEY_TAKEN',
        message: `another key of ${minion} is accepted`,
        hint: `If the host was replaced, run \`master keys revoke ${minion}\`, then accept this key.`,
      })
    }
    return { ...keyRow(context.keyStore.get(minion, key.fingerprint) ?? key), follows }
  },
})

/** Returns what a minion has once its key is accepted: the operator's choice, and all inventory entries that match its id. */
async function followsFrom(
  context: ControlContext,
  minion: MinionId,
  chosen: { readonly roles: readonly string[]; readonly level: string | undefined },
): Promise<AcceptResult['follows']> {
  const { fleet } = await takeSnapshot(context)
  const { roles, level } = assign(fleet.inventory, minion, chosen)
  return { roles, ...(level === undefined ? {} : { level }) }
}

const CLOSED = z.strictObject({ id: name, fingerprint: name.optional() })

const rejectVerb = defineVerb({
  name: 'key-reject',
  input: CLOSED,
  right: { on: 'fleet', kind: 'write' },
  async run(context, input, { caller }) {
    return closeKey(context, 'reject', input, caller.operator)
  },
})

const revokeVerb = defineVerb({
  name: 'key-revoke',
  input: CLOSED,
  right: { on: 'fleet', kind: 'write' },
  async run(context, input, { caller }) {
    return closeKey(context, 'revoke', input, caller.operator)
  },
})

function closeKey(
  context: ControlContext,
  word: 'reject' | 'revoke',
  { id, fingerprint }: z.output<typeof CLOSED>,
  operator: string,
): KeyRow {
  const minion = minionId(id)
  const from: readonly KeyState[] = word === 'reject' ? ['pending'] : ['accepted']
  const key = pickKey(context, minion, fingerprint, from)
  // A key that was never accepted has no link and no runs; those under this id belong to another key.
  const wasIn = key.state === 'accepted'
  const jobs = context.store.together(() => {
    context.keyStore[word](minion, key.fingerprint, operator)
    return wasIn ? dropRuns(context.store, minion, operator) : []
  })
  if (wasIn) context.links.disconnect(minion, 'its key was revoked')
  for (const job of jobs) context.dispatcher.announce(job)
  return keyRow(context.keyStore.get(minion, key.fingerprint) ?? key)
}

/** Keys rejected in one turn of the event loop. */
const KEYS_AT_ONCE = 50

/** Rejects every key that is pending now, with one event each, as if it were rejected by name. */
const rejectPendingVerb = defineVerb({
  name: 'key-reject-pending',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'write' },
  async run({ keyStore, store }, _input, { caller: { operator } }) {
    const pending = keyStore.list('pending')
    let rejected = 0
    for (let at = 0; at < pending.length; at += KEYS_AT_ONCE) {
      store.together(() => {
        for (const { minion, fingerprint } of pending.slice(at, at + KEYS_AT_ONCE)) {
          // The key may have been accepted meanwhile.
          if (keyStore.get(minion, fingerprint)?.state !== 'pending') continue
          keyStore.reject(minion, fingerprint, operator)
          rejected += 1
        }
      })
      await nextTurn()
    }
    return { rejected }
  },
})

export const keyVerbs = [keysVerb, acceptVerb, rejectVerb, revokeVerb, rejectPendingVerb] as const

/** Selects a key: by fingerprint, or the only one in the first of these states that any key is in. */
function pickKey(
  { keyStore }: ControlContext,
  minion: MinionId,
  fingerprint: string | undefined,
  states: readonly KeyState[],
): KnownKey {
  const all = keyStore.list().filter(key => key.minion === minion)
  if (fingerprint !== undefined) {
    const key = keyStore.get(minion, fingerprint as Fingerprint)
    if (key !== undefined) return key
    throw new AppError({
      code: 'KEY_UNKNOWN',
      message: `${minion} has no key \`${fingerprint.slice(0, 80)}\`${all.length === 0 ? '' : `; its keys are ${all.map(key => key.fingerprint).join(', ')}`}`,
      hint: 'Compare with what the minion prints; see `master keys`.',
    })
  }
  for (const state of states) {
    const [first, ...others] = all.filter(key => key.state === state)
    if (first === undefined) continue
    if (others.length === 0) return first
    throw new AppError({
      code: 'KEY_UNKNOWN',
      message: `${minion} has ${others.length + 1} ${state} keys: ${[first, ...others].map(key => key.fingerprint).join(', ')}`,
      hint: 'Select one with `--fingerprint SHA256:...`, as the minion prints it.',
    })
  }
  throw new AppError({
    code: 'KEY_UNKNOWN',
    message: `${states.length > 1 ? 'no' : `no ${states[0]}`} key found for minion \`${minion}\``,
    hint: 'See `master keys`.',
  })
}

/** Returns the accepted key of each id. Pure. */
function acceptedKeys(keys: readonly KnownKey[]): ReadonlyMap<MinionId, Fingerprint> {
  return new Map(
    keys.flatMap(({ minion, state, fingerprint }) => (state === 'accepted' ? [[minion, fingerprint]] : [])),
  )
}

/** Lists ids that have a pending key besides an accepted one, each once: a host tries to join under an id that is taken. Pure. */
export function takenIds(keys: readonly KnownKey[]): readonly MinionId[] {
  const accepted = acceptedKeys(keys)
  const pending = keys.flatMap(({ minion, state }) => (state === 'pending' && accepted.has(minion) ? [minion] : []))
  return [...new Set(pending)]
}

function keyRow(key: KnownKey): KeyRow {
  const by = key.operator ?? (key.token === undefined ? undefined : `token ${key.token}`)
  return {
    minion: key.minion,
    state: key.state,
    fingerprint: key.fingerprint,
    firstSeenAt: key.firstSeenAt,
    ...(key.decidedAt === undefined ? {} : { decidedAt: key.decidedAt }),
    ...(by === undefined ? {} : { by }),
    ...(key.address === undefined ? {} : { address: key.address }),
    ...(key.roles === undefined ? {} : { roles: key.roles }),
    ...(key.level === undefined ? {} : { level: key.level }),
    ...(key.cloneAlarmAt === undefined ? {} : { cloneAlarmAt: key.cloneAlarmAt }),
    ...(key.cloneAddress === undefined ? {} : { cloneAddress: key.cloneAddress }),
  }
}
