export interface LineBuffer {
  /** Adds a line; it is written with the next `flush`, or after this turn of the event loop. */
  append(line: string): void
  flush(): void
  /** Makes later calls throw this error. */
  fail(error: unknown): void
  /** Writes what is left; never throws. */
  close(): void
}

/**
 * Writes the lines of one turn of the event loop together: a thousand states with nothing to do take few turns. After a write
 * that failed, every call throws its error: a part of a line may be in the file, and nothing may follow it.
 */
export function lineBuffer(write: (text: string) => void): LineBuffer {
  let waiting = ''
  let turn: NodeJS.Immediate | undefined
  let failure: unknown
  const fail = (error: unknown): void => {
    failure ??= error
  }
  const flush = (): void => {
    clearImmediate(turn)
    turn = undefined
    if (failure !== undefined) throw failure
    const text = waiting
    waiting = ''
    try {
      if (text !== '') write(text)
    } catch (error) {
      fail(error)
      throw error
    }
  }
  const flushLater = (): void => {
    try {
      flush()
    } catch (error) {
      fail(error)
    }
  }
  return {
    append(line) {
      if (failure !== undefined) throw failure
      waiting += `${line}\n`
      turn ??= setImmediate(flushLater)
    },
    flush,
    fail,
    close: flushLater,
  }
}
