/** Values of earlier catalogs; those of the catalog at hand all count. */
const MOST_VALUES = 2_000
const MOST_CHARACTERS = 1024 * 1024

/**
 * The secret values of all catalogs that this process opened, in memory only. What a program prints may be older than the
 * catalog that is applied, for example a line in the journal of a unit, so what is reported is scrubbed of these too.
 */
export class KnownSecrets {
  readonly #values = new Set<string>()

  /** The newest last. */
  get all(): readonly string[] {
    return [...this.#values]
  }

  /** Takes the values of a catalog, and forgets the oldest ones beyond a limit. */
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

  /** Values of the catalog at hand, and of earlier ones. */
  with(secrets: readonly string[]): readonly string[] {
    return [...new Set([...secrets, ...this.#values])]
  }
}
