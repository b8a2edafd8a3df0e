import type { Problem } from '../../../protocol/errors.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { ExpressionError } from './scope.ts'

/** Collects all problems of one compile, adds the source line for the caret, and drops duplicates. */
export class ProblemSink {
  readonly problems: Problem[] = []
  readonly #lineOf: (position: SourcePosition) => string | undefined

  constructor(lineOf: (position: SourcePosition) => string | undefined) {
    this.#lineOf = lineOf
  }

  add(problem: Omit<Problem, 'excerpt'>): void {
    const excerpt = problem.source === undefined ? undefined : this.#lineOf(problem.source)
    const whole: Problem = excerpt === undefined ? problem : { ...problem, excerpt: excerpt.slice(0, 400) }
    // Report a missing value once, where it is declared, not at each use.
    const once = problem.code === 'PILLAR_MISSING' || problem.code === 'PILLAR_INVALID'
    const known = this.problems.some(other => {
      if (once && other.code === problem.code && other.message === problem.message) return true
      return JSON.stringify(other) === JSON.stringify(whole)
    })
    if (!known) this.problems.push(whole)
  }

  addAll(problems: readonly Problem[]): void {
    for (const problem of problems) this.add(problem)
  }

  /**
   * Runs `run` and returns its result; on ExpressionError, adds its problems and returns undefined. `source` is the position
   * when the error has none.
   */
  attempt<T>(source: SourcePosition, run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      for (const { problem, at } of [error, ...error.others]) this.add({ ...problem, source: at ?? source })
      return undefined
    }
  }

  excerptOf(position: SourcePosition): string | undefined {
    return this.#lineOf(position)
  }
}
