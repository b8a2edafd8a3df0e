/** A lock with one holder at a time; others queue. */
export interface Turns {
  /** Resolves when it is the caller's turn. Calling the returned function, once or more often, starts the next turn. */
  take(): Promise<() => void>
}

export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve()
  return {
    async take() {
      const { promise, resolve } = Promise.withResolvers<void>()
      const before = last
      last = promise
      await before
      return resolve
    },
  }
}
