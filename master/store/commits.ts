import type { Db } from './database.ts'

/** Commits what many callers do in one transaction, so that they wait for the disk together and never block the event loop. */
export interface Commits {
  /**
   * Runs work later in this turn of the event loop, in order, all or nothing. `after` is called once it is on disk: `result`
   * returns what the work returned, or throws what it threw, and then it stored nothing. Acknowledge nothing before.
   */
  add<T>(work: () => T, after: (result: () => T) => void): void
  /** The same as a promise. */
  run<T>(work: () => T): Promise<T>
  /** Resolves when everything that was added is on disk. */
  idle(): Promise<void>
}

export interface CommitsDeps {
  readonly db: Pick<Db, 'batch' | 'synced'>
  /** Called with what an `after` threw. */
  readonly onFault: (thrown: unknown) => void
  /** Milliseconds of a monotonic clock. */
  readonly elapsed?: () => number
  /** Defers work to the end of this turn of the event loop. */
  readonly defer?: (work: () => void) => void
}

/** Milliseconds after which the rest waits for the next turn of the event loop. */
const SLICE_MS = 10

interface Waiting {
  readonly work: () => void
  readonly after: () => void
  readonly fail: (thrown: unknown) => void
}

/** Creates the commits of a store. */
export function createCommits({
  db,
  onFault,
  elapsed = () => performance.now(),
  defer = work => void setImmediate(work),
}: CommitsDeps): Commits {
  const waiting: Waiting[] = []
  let first = 0
  let isDeferred = false
  /** Added, but not answered yet. */
  let open = 0
  let idle: (() => void)[] = []

  function answer({ after }: Waiting): void {
    try {
      after()
    } catch (thrown) {
      onFault(thrown)
    }
    open -= 1
    if (open > 0) return
    for (const resolve of idle) resolve()
    idle = []
  }

  /** Runs works until the time is used up, and returns them. */
  function commit(): readonly Waiting[] {
    // A work may have added another, which ran with it.
    if (waiting.length === 0) return []
    const begun = elapsed()
    const done: Waiting[] = []
    try {
      db.batch(each => {
        do {
          const one = waiting[first] as Waiting
          first += 1
          done.push(one)
          each(one.work, one.fail)
        } while (first < waiting.length && elapsed() - begun < SLICE_MS)
      })
    } catch (thrown) {
      for (const one of done) one.fail(thrown)
    }
    if (first === waiting.length) waiting.splice(0, first)
    if (waiting.length === 0) first = 0
    return done
  }

  function flush(): void {
    isDeferred = false
    const done = commit()
    if (waiting.length > 0) later()
    db.synced(failure => {
      for (const one of done) {
        if (failure !== undefined) one.fail(failure)
        answer(one)
      }
    })
  }

  function later(): void {
    if (isDeferred) return
    isDeferred = true
    defer(flush)
  }

  const commits: Commits = {
    add: (work, after) => {
      let result = (): ReturnType<typeof work> => {
        throw new TypeError('the work did not run')
      }
      open += 1
      waiting.push({
        work: () => {
          const value = work()
          result = () => value
        },
        after: () => after(() => result()),
        fail: thrown => {
          result = () => {
            throw thrown
          }
        },
      })
      later()
    },
    run: work =>
      new Promise((resolve, reject) => {
        commits.add(work, result => {
          try {
            resolve(result())
          } catch (thrown) {
            reject(thrown)
          }
        })
      }),
    idle: () => new Promise(resolve => (open === 0 ? resolve() : void idle.push(resolve))),
  }
  return commits
}
