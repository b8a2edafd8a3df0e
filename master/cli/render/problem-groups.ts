import type { AlikeProblem } from './alike-problems.ts'

/** Never empty. */
type ProblemGroup = readonly [AlikeProblem, ...AlikeProblem[]]

/**
 * Gathers problems with the same code in the same file, in the order of the first of each group. A problem without a file, or with a
 * text of several lines, is alone. Linear. Pure.
 */
export function groupProblems(problems: readonly AlikeProblem[]): readonly ProblemGroup[] {
  const groups: [AlikeProblem, ...AlikeProblem[]][] = []
  const byKind = new Map<string, AlikeProblem[]>()
  for (const problem of problems) {
    const { code, source, message } = problem
    const key = JSON.stringify([code, source?.file])
    const known = byKind.get(key)
    if (known !== undefined && !message.trimEnd().includes('\n')) {
      known.push(problem)
      continue
    }
    const group: [AlikeProblem, ...AlikeProblem[]] = [problem]
    groups.push(group)
    if (source !== undefined) byKind.set(key, group)
  }
  return groups
}
