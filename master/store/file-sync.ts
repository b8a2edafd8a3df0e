import { closeSync, fdatasync, openSync } from 'node:fs'

/** Waits until what was written to a file is on disk, without blocking the event loop. */
export interface FileSync {
  /** Calls back after a sync that began after this call, with its error if it failed. */
  wait(done: (failure: unknown) => void): void
  close(): void
}

/** Creates the sync of a file, which is opened at the first use. One sync serves all that wait for it. */
export function createFileSync(path: string): FileSync {
  let fd: number | undefined
  let isBusy = false
  let isClosed = false
  let waiting: ((failure: unknown) => void)[] = []

  function begin(): void {
    isBusy = true
    const served = waiting
    waiting = []
    const done = (failure: unknown): void => {
      isBusy = false
      if (isClosed) close()
      else if (waiting.length > 0) begin()
      for (const one of served) one(failure ?? undefined)
    }
    try {
      fd ??= openSync(path, 'r+')
      fdatasync(fd, done)
    } catch (thrown) {
      done(thrown)
    }
  }

  function close(): void {
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }

  return {
    wait: done => {
      waiting.push(done)
      if (!isBusy && !isClosed) begin()
    },
    close: () => {
      isClosed = true
      if (!isBusy) close()
    },
  }
}
