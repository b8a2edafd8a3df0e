import type { Fingerprint, MinionId } from '../../../protocol/ids.ts'
import type { Decision, KeyClaim, KeyState, KeyStore, KnownKey, TokenUse } from '../../keys/key-store.ts'
import type { Db } from '../database.ts'
import type { EventOf } from '../log/events.ts'
import type { Projector } from '../log/projector.ts'
import type { Kv, Log } from '../ports.ts'
import { isTexts, storedJson } from '../stored-json.ts'
import { createJoinTokens, type JoinTokens } from './join-tokens.ts'
import { expirePending, makeRoomForPending } from './pending-keys.ts'
import { forgetSources } from './proven-sources.ts'

/** Every key that was ever presented, and the decision about it. */
export const KEYS: Projector = {
  view: 'keys',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'key-pending':
        return pending(db, at, event)
      case 'key-accepted':
        return accepted(db, at, event)
      case 'key-rejected':
        return decided(db, at, event, 'rejected')
      case 'key-revoked':
        return decided(db, at, event, 'revoked')
      case 'key-expired': {
        const forget = "DELETE FROM keys WHERE minion = ? AND fingerprint = ? AND state = 'pending'"
        db.run(forget, event.minion, event.fingerprint)
        return
      }
      case 'sealing-key-changed': {
        const update = 'UPDATE keys SET sealing_key = ? WHERE minion = ? AND fingerprint = ?'
        db.run(update, event.sealingKey, event.minion, event.fingerprint)
        return
      }
      case 'clone-alarm':
        db.run(
          'UPDATE keys SET clone_alarm_at = ?, clone_address = ? WHERE minion = ? AND fingerprint = ?',
          at,
          event.address ?? null,
          event.minion,
          event.fingerprint,
        )
        return
    }
  },
}

/** Adds a pending key; a known key keeps the decision about it. */
function pending(db: Db, at: string, event: EventOf<'key-pending'>): void {
  const insert = `INSERT INTO keys (minion, fingerprint, key, sealing_key, state, address, first_seen_at)
    VALUES (?, ?, ?, ?, 'pending', ?, ?) ON CONFLICT (minion, fingerprint) DO NOTHING`
  db.run(insert, event.minion, event.fingerprint, event.key, event.sealingKey, event.address ?? null, at)
}

function accepted(db: Db, at: string, event: EventOf<'key-accepted'>): void {
  const update = `UPDATE keys SET state = 'accepted', decided_at = @at, operator = @operator, token = @token,
    roles = @roles, level = @level, joined_as = @joinedAs, clone_alarm_at = NULL, clone_address = NULL
    WHERE minion = @minion AND fingerprint = @fingerprint`
  db.run(update, {
    at,
    minion: event.minion,
    fingerprint: event.fingerprint,
    operator: event.operator ?? null,
    token: event.token ?? null,
    roles: event.roles === undefined ? null : JSON.stringify(event.roles),
    level: event.level ?? null,
    joinedAs: event.joinedAs ?? null,
  })
}

function decided(
  db: Db,
  at: string,
  event: EventOf<'key-rejected' | 'key-revoked'>,
  state: 'rejected' | 'revoked',
): void {
  const update = 'UPDATE keys SET state = ?, decided_at = ?, operator = ? WHERE minion = ? AND fingerprint = ?'
  db.run(update, state, at, event.operator, event.minion, event.fingerprint)
}

export interface KeyStoreDeps {
  readonly db: Db
  readonly log: Log
  readonly kv: Kv
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Creates the KeyStore whose decisions are events of the log. Connection counters are in the Kv: they change with every
 * connection, without an event.
 */
export function createKeyStore(deps: KeyStoreDeps): KeyStore {
  const { db, log } = deps
  const tokens = createJoinTokens(deps)
  return {
    get: (minion, fingerprint) => find(db, { minion, fingerprint }),
    accepted: minion => acceptedOf(db, minion),
    list: state => list(db, state),
    countPending: () => countPending(db),
    addPending: claim => db.atomically(() => addPending(deps, claim)),
    expirePending: before => expirePending(deps, before),
    accept: (minion, fingerprint, operator, bound = {}) =>
      db.atomically(() => accept(deps, { minion, fingerprint, operator }, bound)),
    reject: (minion, fingerprint, operator) =>
      db.atomically(() => close(deps, { minion, fingerprint, operator }, 'rejected')),
    revoke: (minion, fingerprint, operator) =>
      db.atomically(() => close(deps, { minion, fingerprint, operator }, 'revoked')),
    saveSealingKey: (minion, fingerprint, sealingKey) =>
      db.atomically(() => {
        const known = find(db, { minion, fingerprint })
        if (known === undefined || Buffer.compare(known.sealingKey, sealingKey) === 0) return false
        log.append({ type: 'sealing-key-changed', minion, fingerprint, sealingKey: base64(sealingKey) })
        return true
      }),
    join: (claim, token) => db.atomically(() => join(deps, tokens, { claim, token })),
    raiseCounter: (minion, fingerprint, counter, address) =>
      db.atomically(() => raiseCounter(deps, { minion, fingerprint }, counter, address)),
    createToken: token => tokens.create(token),
    revokeToken: (id, operator) => tokens.revoke(id, operator),
    token: id => tokens.get(id),
    tokens: () => tokens.list(),
    removeExpiredTokens: before => tokens.removeExpired(before),
  }
}

interface Row {
  readonly minion: MinionId
  readonly fingerprint: Fingerprint
  readonly key: string
  readonly sealing_key: string
  readonly state: KeyState
  readonly address: string | null
  readonly first_seen_at: string
  readonly decided_at: string | null
  readonly operator: string | null
  readonly token: string | null
  readonly roles: string | null
  readonly level: string | null
  readonly joined_as: string | null
  readonly clone_alarm_at: string | null
  readonly clone_address: string | null
}

interface KeyName {
  readonly minion: MinionId
  readonly fingerprint: Fingerprint
}

function addPending(deps: KeyStoreDeps, claim: KeyClaim): boolean {
  const { db } = deps
  if (find(db, claim) !== undefined || !makeRoomForPending(deps, claim)) return false
  appendPending(deps, claim)
  return true
}

function appendPending({ db, log }: KeyStoreDeps, claim: KeyClaim): void {
  const { minion, fingerprint, key, sealingKey, address } = claim
  const keys = { key: base64(key), sealingKey: base64(sealingKey) }
  const other = acceptedOf(db, minion)?.fingerprint
  const facts = {
    ...(address === undefined ? {} : { address }),
    ...(other === undefined ? {} : { acceptedKey: other }),
  }
  log.append({ type: 'key-pending', minion, fingerprint, ...keys, ...facts })
}

type OperatorDecision = KeyName & { readonly operator: string }

function accept(
  { db, log, kv }: KeyStoreDeps,
  decision: OperatorDecision,
  bound: { readonly roles?: readonly string[]; readonly level?: string },
): Decision {
  const known = find(db, decision)
  if (known === undefined) return 'unknown'
  // Accept a minion that joined by a token again: only an operator's decision gives it what the inventory has for its id.
  const asBefore = bound.roles === undefined && bound.level === undefined && known.joinedAs === undefined
  if (known.state === 'accepted' && known.cloneAlarmAt === undefined && asBefore) return 'done'
  if (isTaken(db, decision)) return 'taken'
  const roles = bound.roles ?? known.roles
  const level = bound.level ?? known.level
  const given = { ...(roles === undefined ? {} : { roles }), ...(level === undefined ? {} : { level }) }
  log.append({ type: 'key-accepted', ...decision, ...given })
  // The operator decided which of the two hosts stays; its counter may be the lower one (a restored snapshot).
  const seen = kv.get(counterName(decision))
  if (known.cloneAlarmAt !== undefined && seen !== undefined) {
    kv.compareAndSet(counterName(decision), seen.version, undefined)
  }
  return 'done'
}

function close({ db, log }: KeyStoreDeps, decision: OperatorDecision, state: 'rejected' | 'revoked'): Decision {
  const known = find(db, decision)
  if (known === undefined) return 'unknown'
  if (known.state !== state) log.append({ type: `key-${state}`, ...decision })
  if (state === 'revoked') forgetSources(db, decision.minion)
  return 'done'
}

function join(
  deps: KeyStoreDeps,
  tokens: JoinTokens,
  { claim, token: id }: { readonly claim: KeyClaim; readonly token: string },
): TokenUse {
  const { db, log } = deps
  const { minion, fingerprint } = claim
  const known = find(db, claim)
  if (known?.state === 'accepted') return 'accepted'
  const token = tokens.usable(id, minion)
  if (typeof token === 'string') return token
  if (isTaken(db, claim)) return 'taken'
  if (known === undefined) appendPending(deps, claim)
  log.append({ type: 'join-token-used', token: id, minion, fingerprint })
  const level = token.level === undefined ? {} : { level: token.level }
  const joinedAs = token.minion ?? '*'
  log.append({ type: 'key-accepted', minion, fingerprint, token: id, roles: token.roles, ...level, joinedAs })
  return 'accepted'
}

function raiseCounter(
  { db, kv, log }: KeyStoreDeps,
  claim: KeyName,
  counter: number,
  address: string | undefined,
): boolean {
  const seen = kv.get(counterName(claim))
  const lastCounter = typeof seen?.value === 'number' ? seen.value : -1
  if (counter > lastCounter) return kv.compareAndSet(counterName(claim), seen?.version ?? 0, counter)
  // Only once: the clone connects again every few seconds.
  if (find(db, claim)?.cloneAlarmAt === undefined) {
    const from = address === undefined ? {} : { address }
    log.append({ type: 'clone-alarm', ...claim, counter, lastCounter, ...from })
  }
  return false
}

function counterName({ minion, fingerprint }: KeyName): string {
  return `connections/${minion}/${fingerprint}`
}

function countPending(db: Db): number {
  return db.one<{ n: number }>("SELECT count(*) AS n FROM keys WHERE state = 'pending'")?.n ?? 0
}

function isTaken(db: Db, { minion, fingerprint }: KeyName): boolean {
  const other = acceptedOf(db, minion)
  return other !== undefined && other.fingerprint !== fingerprint
}

function find(db: Db, { minion, fingerprint }: KeyName): KnownKey | undefined {
  const row = db.one<Row>('SELECT * FROM keys WHERE minion = ? AND fingerprint = ?', minion, fingerprint)
  return row === undefined ? undefined : knownKey(row)
}

function acceptedOf(db: Db, minion: MinionId): KnownKey | undefined {
  const row = db.one<Row>("SELECT * FROM keys WHERE minion = ? AND state = 'accepted'", minion)
  return row === undefined ? undefined : knownKey(row)
}

function list(db: Db, state: KeyState | undefined): readonly KnownKey[] {
  const order = 'ORDER BY minion, first_seen_at, fingerprint'
  const rows =
    state === undefined
      ? db.all<Row>(`SELECT * FROM keys ${order}`)
      : db.all<Row>(`SELECT * FROM keys WHERE state = ? ${order}`, state)
  return rows.map(knownKey)
}

function knownKey(row: Row): KnownKey {
  return {
    minion: row.minion,
    fingerprint: row.fingerprint,
    key: new Uint8Array(Buffer.from(row.key, 'base64')),
    sealingKey: new Uint8Array(Buffer.from(row.sealing_key, 'base64')),
    state: row.state,
    firstSeenAt: row.first_seen_at,
    ...(row.address === null ? {} : { address: row.address }),
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at }),
    ...(row.operator === null ? {} : { operator: row.operator }),
    ...(row.token === null ? {} : { token: row.token }),
    ...(row.roles === null ? {} : { roles: storedJson<readonly string[]>(row.roles, 'keys.roles', isTexts) }),
    ...(row.level === null ? {} : { level: row.level }),
    ...(row.joined_as === null ? {} : { joinedAs: row.joined_as }),
    ...(row.clone_alarm_at === null ? {} : { cloneAlarmAt: row.clone_alarm_at }),
    ...(row.clone_address === null ? {} : { cloneAddress: row.clone_address }),
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
