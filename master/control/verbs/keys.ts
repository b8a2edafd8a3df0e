import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError } from '../../../protocol/errors.ts'
import type { Fingerprint, MinionId } from '../../../protocol/ids.ts'
import { minionId } from '../../../protocol/ids.ts'
import { assign } from '../../fleet/inventory.ts'
import { makeJoinToken } from '../../keys/join-tokens.ts'
import type { KeyState, KnownKey, StoredJoinToken } from '../../keys/key-store.ts'
import type { AcceptResult, KeyRow, TokenRow } from '../answers/answers.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { dropRuns } from '../job/drop-runs.ts'
import { takeSnapshot } from '../snapshot.ts'

/** The verbs about who may be a minion. */

export function keysVerb({ keyStore }: ControlContext): Verb<'keys'> {
  return async () => {
    const all = keyStore.list()
    const accepted = acceptedKeys(all)
    return {
      keys: all.map(key => {
        const other = key.state === 'pending' ? accepted.get(key.minion) : undefined
        return { ...keyRow(key), ...(other === undefined ? {} : { acceptedKey: other }) }
      }),
    }
  }
}

export function acceptVerb(context: ControlContext): Verb<'key-accept'> {
  return async ({ id, fingerprint, roles, level, preview }, _emit, _signal, { operator }) => {
    const minion = minionId(id)
    await checkBound(context, roles ?? [], level)
    const key = pickKey(context, minion, fingerprint, ['pending', 'accepted'])
    const bound = { ...(roles === undefined ? {} : { roles }), ...(level === undefined ? {} : { level }) }
    const chosen = { roles: roles ?? [], level }
    // A broken fleet keeps nobody from letting a minion in who does not ask what follows.
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
        hint: `If the host was replaced: \`master keys revoke ${minion}\`, then accept this one.`,
      })
    }
    return { ...keyRow(context.keyStore.get(minion, key.fingerprint) ?? key), follows }
  }
}

/** What a minion has once its key is accepted: the operator's choice, and all entries of the inventory that match its id. */
async function followsFrom(
  context: ControlContext,
  minion: MinionId,
  chosen: { readonly roles: readonly string[]; readonly level: string | undefined },
): Promise<AcceptResult['follows']> {
  const { fleet } = await takeSnapshot(context)
  const { roles, level } = assign(fleet.inventory, minion, chosen)
  return { roles, ...(level === undefined ? {} : { level }) }
}

export function closeVerb(context: ControlContext, word: 'reject' | 'revoke'): Verb<'key-reject'> & Verb<'key-revoke'> {
  return async ({ id, fingerprint }, _emit, _signal, { operator }) => {
    const minion = minionId(id)
    const from: readonly KeyState[] = word === 'reject' ? ['pending'] : ['accepted']
    const key = pickKey(context, minion, fingerprint, from)
    // A key that was never accepted has no link and no runs: whoever has them under this id is another.
    const wasIn = key.state === 'accepted'
    const jobs = context.store.together(() => {
      context.keyStore[word](minion, key.fingerprint, operator)
      return wasIn ? dropRuns(context.store, minion, operator) : []
    })
    if (wasIn) context.links.disconnect(minion, 'its key was revoked')
    for (const job of jobs) context.conductor.announce(job)
    return keyRow(context.keyStore.get(minion, key.fingerprint) ?? key)
  }
}

/** Rejected between two looks at the event loop. */
const KEYS_AT_ONCE = 50

/** One event for each key that is pending now, as if each was rejected by its name. */
export function rejectPendingVerb({ keyStore, store }: ControlContext): Verb<'key-reject-pending'> {
  return async (_input, _emit, _signal, { operator }) => {
    const pending = keyStore.list('pending')
    let rejected = 0
    for (let at = 0; at < pending.length; at += KEYS_AT_ONCE) {
      store.together(() => {
        for (const { minion, fingerprint } of pending.slice(at, at + KEYS_AT_ONCE)) {
          // Somebody may have accepted it meanwhile.
          if (keyStore.get(minion, fingerprint)?.state !== 'pending') continue
          keyStore.reject(minion, fingerprint, operator)
          rejected += 1
        }
      })
      await nextTurn()
    }
    return { rejected }
  }
}

/** The key that is meant: by fingerprint, or the only one in the first of these states that any key is in. */
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
      message: `${minion} showed no key \`${fingerprint.slice(0, 80)}\`${all.length === 0 ? '' : `; it showed ${all.map(key => key.fingerprint).join(', ')}`}`,
      hint: 'Compare with what the minion prints; see `master keys`.',
    })
  }
  for (const state of states) {
    const [first, ...others] = all.filter(key => key.state === state)
    if (first === undefined) continue
    if (others.length === 0) return first
    throw new AppError({
      code: 'KEY_UNKNOWN',
      message: `${minion} has ${others.length + 1} keys that are ${state}: ${[first, ...others].map(key => key.fingerprint).join(', ')}`,
      hint: 'Say which: `--fingerprint SHA256:...`, as the minion prints it.',
    })
  }
  throw new AppError({
    code: 'KEY_UNKNOWN',
    message: `${minion} has no key that is ${states.length > 1 ? 'known' : states[0]}`,
    hint: 'See `master keys`.',
  })
}

export function createTokenVerb(context: ControlContext): Verb<'token-create'> {
  return async ({ roles, level, minion, uses, ttlMs }, _emit, _signal, { operator }) => {
    await checkBound(context, roles, level)
    const isPattern = /[*?]/.test(minion)
    // A pattern is a glob of ids: with letters for its wildcards it must be one.
    minionId(isPattern ? minion.replaceAll(/[*?]/g, 'a') : minion)
    const { facts, now, random, keyStore } = context
    const wish = { roles, uses, ttlMs, operator, minion, ...(level === undefined ? {} : { level }) }
    const { text, record } = makeJoinToken(wish, facts.rootHash, now(), random)
    keyStore.createToken(record)
    const id = isPattern ? '' : ` --id ${minion}`
    const { address: master, isGuess } = facts.reach
    const command = `minion join --master ${master}${id}`
    // Most VMs have the processor of their master.
    const deb = `saltern-minion_${facts.version}_${process.arch === 'arm64' ? 'arm64' : 'amd64'}.deb`
    return { minion, token: text, id: record.id, expiresAt: record.expiresAt, command, master, isGuess, package: deb }
  }
}

export function tokensVerb({ keyStore, now }: ControlContext): Verb<'tokens'> {
  return async () => ({ tokens: keyStore.tokens().map(token => tokenRow(token, now())) })
}

export function revokeTokenVerb({ keyStore, now }: ControlContext): Verb<'token-revoke'> {
  return async ({ token }, _emit, _signal, { operator }) => {
    if (!keyStore.revokeToken(token, operator)) {
      throw new AppError({
        code: 'KEY_UNKNOWN',
        message: `there is no join token \`${token.slice(0, 24)}\``,
        hint: 'See `master join-token list`.',
      })
    }
    const revoked = keyStore.token(token)
    if (revoked === undefined) throw new TypeError('a revoked token is gone')
    return tokenRow(revoked, now())
  }
}

/** Roles and level that the fleet does not have would only show when the minion is applied. */
async function checkBound(context: ControlContext, roles: readonly string[], level: string | undefined): Promise<void> {
  if (roles.length === 0 && level === undefined) return
  const { fleet } = await takeSnapshot(context)
  const wrong = roles.filter(role => !fleet.roles.includes(role))
  const problems = wrong.map(role => ({
    code: 'ROLE_UNKNOWN' as const,
    message: `there is no role \`${role.slice(0, 80)}\`; there are ${fleet.roles.join(', ')}`,
    hint: 'See `master roles`.',
  }))
  const noLevel = level !== undefined && !fleet.levels.includes(level)
  const levels = {
    code: 'FLEET_INVALID' as const,
    message: `\`${level?.slice(0, 80) ?? ''}\` is no level of this fleet; there are ${fleet.levels.join(', ')}`,
    hint: 'Levels stand in fleet.yml.',
  }
  const all = noLevel ? [...problems, levels] : problems
  if (all.length > 0) throw new AppError(all)
}

/** Which key is accepted for an id. Pure. */
function acceptedKeys(keys: readonly KnownKey[]): ReadonlyMap<MinionId, Fingerprint> {
  return new Map(
    keys.flatMap(({ minion, state, fingerprint }) => (state === 'accepted' ? [[minion, fingerprint]] : [])),
  )
}

/** Ids for which a key is pending beside an accepted one, each once: a host joins under an id that is taken. Pure. */
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
  }
}

function tokenRow(stored: StoredJoinToken, nowMs: number): TokenRow {
  const { id, roles, level, minion, uses, used, createdAt, expiresAt } = stored
  const state = used >= uses ? 'used-up' : Date.parse(expiresAt) <= nowMs ? 'expired' : 'good'
  const bound = { ...(level === undefined ? {} : { level }), ...(minion === undefined ? {} : { minion }) }
  return { token: id, roles, ...bound, uses, used, createdAt, expiresAt, state }
}
