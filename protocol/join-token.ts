import { AppError } from './errors.ts'

/**
 * The token an operator gives to a new VM. `seed` is the Ed25519 seed with which the minion signs the transcript; the master
 * stores only the public key (docs/design.md F2). `rootHash` is SHA-256 of the fleet root's raw public key: the minion's pin.
 */
export interface JoinToken {
  /** 16 characters of base64url. */
  readonly id: string
  readonly seed: Uint8Array
  readonly rootHash: Uint8Array
}

const TOKEN = /^saltern1\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/

export function formatJoinToken(token: JoinToken): string {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
  return `saltern1.${token.id}.${text(token.seed)}.${text(token.rootHash)}`
}

/** Parses a token. JOIN_TOKEN_INVALID never repeats the text, which can be a secret. */
export function parseJoinToken(text: string): JoinToken {
  const [, id, seed, rootHash] = TOKEN.exec(text.trim()) ?? []
  if (id === undefined || seed === undefined || rootHash === undefined) {
    throw new AppError({
      code: 'JOIN_TOKEN_INVALID',
      message: `a join token is \`saltern1.<id>.<secret>.<root>\`, got ${text.trim().length} characters in another format`,
      hint: 'Copy the whole line that `master join-token create` printed, or create a new token there.',
    })
  }
  const bytes = (part: string): Uint8Array => new Uint8Array(Buffer.from(part, 'base64url'))
  return { id, seed: bytes(seed), rootHash: bytes(rootHash) }
}
