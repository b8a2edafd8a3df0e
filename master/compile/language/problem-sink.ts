import type { Problem } from '../../../protocol/errors.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { ExpressionError } from './scope.ts'

/** Gathers all problems of one compile, adds the source line for the caret, and drops repetitions. */
export class ProblemSink {
  readonly problems: Problem[] = []
  readonly #lineOf: (position: SourcePosition) => string | undefined

  constructor(lineOf: (position: SourcePosition) => string | undefined) {
    this.#lineOf = lineOf
  }

  add(problem: Omit<Problem, 'excerpt'>): void {
    const excerpt = problem.source === undefined ? undefined : this.#lineOf(problem.source)
    const whole: Problem = excerpt === undefined ? problem : { ...problem, excerpt: excerpt.slice(0, 400) }
    // What is missing is told once, where it is declared, and not again at each use.
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

  /** The result of `run`, or undefined and its problems. `source` is where, when the error does not know better. */
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
