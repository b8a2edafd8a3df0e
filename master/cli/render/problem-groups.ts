import type { AlikeProblem } from './alike-problems.ts'

/** Never empty. */
type ProblemGroup = readonly [AlikeProblem, ...AlikeProblem[]]

/**
 * Gathers problems with the same code in the same file, in the order of the first of each group; within a group in the order of their
 * places. A problem without a file, or with a text of several lines, stays alone. Pure.
 */
export function groupProblems(problems: readonly AlikeProblem[]): readonly ProblemGroup[] {
  const groups: [AlikeProblem, ...AlikeProblem[]][] = []
  const byKind = new Map<string, AlikeProblem[]>()
  for (const problem of problems) {
    const { code, source, message } = problem
    const isAlone = source === undefined || message.trimEnd().includes('\n')
    const key = JSON.stringify([code, source?.file])
    const known = isAlone ? undefined : byKind.get(key)
    if (known !== undefined) {
      known.push(problem)
      continue
    }
    const group: [AlikeProblem, ...AlikeProblem[]] = [problem]
    groups.push(group)
    if (!isAlone) byKind.set(key, group)
  }
  for (const group of groups) group.sort(byPlace)
  return groups
}

function byPlace({ source: a }: AlikeProblem, { source: b }: AlikeProblem): number {
  if (a === undefined || b === undefined) return 0
  return a.line - b.line || a.column - b.column
}

/**
 * True when the hint of another problem says what that of the first does, of the names that the other problem quotes. Then it need not be
 * printed again. Pure.
 */
export function isSameHint(first: AlikeProblem, other: AlikeProblem): boolean {
  return other.hint === undefined || other.hint === first.hint || hintShape(first) === hintShape(other)
}

function hintShape({ message, hint = '' }: AlikeProblem): string {
  const names = [...message.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
  return names.reduce((shape, name) => {
    const whole = new RegExp(`(?<![\\w.-])${name.replaceAll(/[^\w]/g, '\\$&')}(?![\\w.-])`, 'g')
    return shape.replaceAll(whole, '\0')
  }, hint)
}
