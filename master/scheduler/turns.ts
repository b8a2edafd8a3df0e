/** A place that one has at a time; whoever comes meanwhile stands in line. */
export interface Turns {
  /** Resolves when it is this one's turn; the next begins when what it gives is called, once or more often. */
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
