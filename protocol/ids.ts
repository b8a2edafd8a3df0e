import { AppError } from './errors.ts'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type FleetId = Branded<'FleetId'>
export type MinionId = Branded<'MinionId'>
export type JobId = Branded<'JobId'>
export type RunId = Branded<'RunId'>
/** A session of an operator on a minion: a terminal, a program, a connection or a copy. */
export type SessionId = Branded<'SessionId'>
/** `SHA256:` and 43 characters of base64, computed from a raw public key; operators compare it. */
export type Fingerprint = Branded<'Fingerprint'>
/** SHA-256 in lower-case hexadecimal. */
export type Sha256 = Branded<'Sha256'>
/** `role/type/id` of a state in a catalog. */
export type StateKey = Branded<'StateKey'>

const MINION_ID = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/
const SORTABLE = /^[0-9a-hjkmnp-tv-z]{26}$/
const HEX_SHA256 = /^[0-9a-f]{64}$/

/** True for a canonical minion id: strict lower case, 1 to 63 characters, no `..`, so that it can never be a path. */
export function isMinionId(text: string): text is MinionId {
  return MINION_ID.test(text) && !text.includes('..')
}

/** Words of a target: a minion with such an id could be selected, or left out, by mistake. */
const RESERVED_IDS: ReadonlySet<string> = new Set([
  'all',
  'and',
  'or',
  'not',
  'online',
  'offline',
  'failed',
  'outdated',
])

/** True for a word that no new minion can have as its id. */
export function isReservedId(text: string): boolean {
  return RESERVED_IDS.has(text)
}

/** Validates a minion id; throws ID_INVALID. */
export function minionId(text: string): MinionId {
  if (isMinionId(text)) return text
  throw new AppError({
    code: 'ID_INVALID',
    message: `a minion id is 1 to 63 of a-z, 0-9, \`.\` and \`-\`, beginning and ending with a letter or digit, got ${JSON.stringify(text.slice(0, 80))}`,
    hint: 'Use the short host name in lower case, such as `db1`.',
  })
}

/** Validates the id of a minion that has not joined yet; throws ID_INVALID. */
export function newMinionId(text: string): MinionId {
  const id = minionId(text)
  if (!isReservedId(id)) return id
  throw new AppError({
    code: 'ID_INVALID',
    message: `\`${id}\` is a target word, so no minion can join by this id`,
    hint: 'Choose another id, such as `db1`: `minion join --id db1 ...` on the host.',
  })
}

export function isJobId(text: string): text is JobId {
  return text.startsWith('job-') && SORTABLE.test(text.slice(4))
}

export function isRunId(text: string): text is RunId {
  return text.startsWith('run-') && SORTABLE.test(text.slice(4))
}

export function isSessionId(text: string): text is SessionId {
  return text.startsWith('ses-') && SORTABLE.test(text.slice(4))
}

export function isSha256(text: string): text is Sha256 {
  return HEX_SHA256.test(text)
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * Creates an id of 26 characters that sorts by time: 48 bits of milliseconds, then 80 random bits (the ULID layout, in lower
 * case). `random` returns that many random bytes.
 */
export function sortableId(nowMs: number, random: (size: number) => Uint8Array): string {
  let value = BigInt(nowMs)
  for (const byte of random(10)) value = (value << 8n) | BigInt(byte)
  let text = ''
  for (let index = 0; index < 26; index++) {
    text = ALPHABET.charAt(Number(value & 31n)) + text
    value >>= 5n
  }
  return text
}

export function newJobId(nowMs: number, random: (size: number) => Uint8Array): JobId {
  return `job-${sortableId(nowMs, random)}` as JobId
}

export function newRunId(nowMs: number, random: (size: number) => Uint8Array): RunId {
  return `run-${sortableId(nowMs, random)}` as RunId
}

export function newRunbookId(nowMs: number, random: (size: number) => Uint8Array): string {
  return `rb-${sortableId(nowMs, random)}`
}

export function newSessionId(nowMs: number, random: (size: number) => Uint8Array): SessionId {
  return `ses-${sortableId(nowMs, random)}` as SessionId
}
