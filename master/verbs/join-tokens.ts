import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { newMinionId } from '../../protocol/ids.ts'
import { checkBound } from '../access/check-bound.ts'
import type { AddressGuess } from '../control/advertised-address.ts'
import { makeJoinToken } from '../keys/join-tokens.ts'
import type { StoredJoinToken } from '../keys/key-store.ts'
import { defineVerb } from './define.ts'
import { milliseconds, name } from './fields.ts'

/** Verbs for join tokens. */

export interface TokenRow {
  readonly token: string
  readonly roles: readonly string[]
  readonly level?: string
  readonly minion?: string
  readonly uses: number
  readonly used: number
  readonly createdAt: string
  readonly expiresAt: string
  readonly state: 'good' | 'used-up' | 'expired'
}

export interface TokenCreated {
  /** The id or pattern of ids that it is for. */
  readonly minion: string
  /** The whole token: shown once, stored nowhere. */
  readonly token: string
  readonly id: string
  readonly expiresAt: string
  /** Command to run on the VM. */
  readonly command: string
  /** The address that its minion connects to, `host:port`. */
  readonly master: string
  /** True: it was not configured but is an address of this machine. */
  readonly isGuess: boolean
  /** How it was guessed; absent: it was configured, or this machine has no address. */
  readonly guess?: AddressGuess
  /** Debian package that the VM needs first. */
  readonly package: string
}

const createTokenVerb = defineVerb({
  name: 'token-create',
  input: z.strictObject({
    roles: z.array(name).default([]),
    level: name.optional(),
    minion: name.default('*'),
    uses: z.number().int().min(1).max(1000).default(1),
    ttlMs: milliseconds.default(3_600_000),
  }),
  right: { on: 'fleet', kind: 'write' },
  async run(context, { roles, level, minion, uses, ttlMs }, { caller: { operator } }): Promise<TokenCreated> {
    await checkBound(context, roles, level)
    const isPattern = /[*?]/.test(minion)
    // A pattern is a glob of ids: it must be a valid id once its wildcards are letters.
    newMinionId(isPattern ? minion.replaceAll(/[*?]/g, 'a') : minion)
    const { facts, now, random, keyStore } = context
    const wish = { roles, uses, ttlMs, operator, minion, ...(level === undefined ? {} : { level }) }
    const { text, record } = makeJoinToken(wish, facts.rootHash, now(), random)
    keyStore.createToken(record)
    const id = isPattern ? '' : ` --id ${minion}`
    const { address: master, ...how } = facts.advertised
    const command = `minion join --master ${master}${id}`
    // Most VMs have the architecture of their master.
    const deb = `saltern-minion_${facts.version}_${process.arch === 'arm64' ? 'arm64' : 'amd64'}.deb`
    return { minion, token: text, id: record.id, expiresAt: record.expiresAt, command, master, ...how, package: deb }
  },
})

const tokensVerb = defineVerb({
  name: 'tokens',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'read' },
  async run({ keyStore, now }) {
    return { tokens: keyStore.tokens().map(token => tokenRow(token, now())) }
  },
})

const revokeTokenVerb = defineVerb({
  name: 'token-revoke',
  input: z.strictObject({ token: name }),
  right: { on: 'fleet', kind: 'write' },
  async run({ keyStore, now }, { token }, { caller: { operator } }) {
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
  },
})

export const joinTokenVerbs = [createTokenVerb, tokensVerb, revokeTokenVerb] as const

function tokenRow(stored: StoredJoinToken, nowMs: number): TokenRow {
  const { id, roles, level, minion, uses, used, createdAt, expiresAt } = stored
  const state = used >= uses ? 'used-up' : Date.parse(expiresAt) <= nowMs ? 'expired' : 'good'
  const bound = { ...(level === undefined ? {} : { level }), ...(minion === undefined ? {} : { minion }) }
  return { token: id, roles, ...bound, uses, used, createdAt, expiresAt, state }
}
