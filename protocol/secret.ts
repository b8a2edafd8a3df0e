const HIDDEN = '***'
const contents = new WeakMap<Secret<unknown>, unknown>()

/**
 * A value that must not be seen. Prints as `***`, refuses JSON and string concatenation; `reveal` alone opens it. `path`
 * names where it comes from (a pillar path) and may be shown.
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

/** Opens a secret. The only way in; callers hand the value to the host or to a cipher, never to a log. */
export function reveal<T>(secret: Secret<T>): T {
  return contents.get(secret as Secret<unknown>) as T
}

/** Text that is shown as it is, or a secret one. */
export type MaybeSecret = string | Secret<string>

/** The clear text, whichever it is. As careful as `reveal`. */
export function revealText(text: MaybeSecret): string {
  return text instanceof Secret ? reveal(text) : text
}
