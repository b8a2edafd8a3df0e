const HIDDEN = '***'
const contents = new WeakMap<Secret<unknown>, unknown>()
const pieces = new WeakMap<Secret<unknown>, readonly SecretPart[]>()

/** A piece of a secret text: one of its secrets, or what stands between them and may be shown. */
export interface SecretPart {
  readonly text: string
  readonly isSecret: boolean
}

/**
 * A value that must not be shown. Prints as `***`, refuses JSON and string concatenation; only `reveal` returns it. `path`
 * names its origin (a pillar path) and may be shown.
 */
export class Secret<T> {
  readonly path: string

  constructor(value: T, path: string) {
    this.path = path
    contents.set(this, value)
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): never {
    throw new TypeError(`the secret ${this.path} cannot be written as JSON`)
  }

  [Symbol.toPrimitive](): never {
    throw new TypeError(`the secret ${this.path} cannot become part of a text`)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Secret(${this.path})`
  }
}

/** Returns the value of a secret. The only way to get it; callers pass it to the host or to a cipher, never to a log. */
export function reveal<T>(secret: Secret<T>): T {
  return contents.get(secret as Secret<unknown>) as T
}

/** A secret text that was put together; what `partsOf` says of it may be shown where it is no secret. */
export function secretOf(parts: readonly SecretPart[], path: string): Secret<string> {
  const secret = new Secret(parts.map(({ text }) => text).join(''), path)
  pieces.set(secret, parts)
  return secret
}

/** The pieces of a secret text in their order; all of it is one secret where nothing else is known. As careful as `reveal`. */
export function partsOf(secret: Secret<string>): readonly SecretPart[] {
  return pieces.get(secret) ?? [{ text: reveal(secret), isSecret: true }]
}

/** Plain text, or a secret one. */
export type MaybeSecret = string | Secret<string>

/** Returns the clear text in either case. Use with the same care as `reveal`. */
export function revealText(text: MaybeSecret): string {
  return text instanceof Secret ? reveal(text) : text
}
