/** Limit for values of earlier catalogs. Values of the current catalog always count. */
const MOST_VALUES = 2_000
const MOST_CHARACTERS = 1024 * 1024

/**
 * Keeps the secret values of all catalogs that this process opened, in memory only. Output of a program can be older than the
 * current catalog, for example a line in a unit's journal, so reports are scrubbed of these values too.
 */
export class KnownSecrets {
  readonly #values = new Set<string>()

  /** Oldest first. */
  get all(): readonly string[] {
    return [...this.#values]
  }

  /** Adds the values of a catalog, and forgets the oldest ones beyond the limit. */
  learn(secrets: readonly string[]): void {
    for (const secret of secrets) {
      this.#values.delete(secret)
      this.#values.add(secret)
    }
    let characters = this.#values.values().reduce((sum, { length }) => sum + length, 0)
    for (const oldest of this.#values) {
      if (this.#values.size <= MOST_VALUES && characters <= MOST_CHARACTERS) break
      this.#values.delete(oldest)
      characters -= oldest.length
    }
  }

  /** Returns the values of the current catalog and of earlier ones. */
  with(secrets: readonly string[]): readonly string[] {
    return [...new Set([...secrets, ...this.#values])]
  }
}
