import type { Problem } from '../../../../protocol/errors.ts'
import { formatPosition } from '../../../../protocol/source.ts'
import type { LintResult } from '../../../verbs/fleet.ts'
import { annotationsOf, annotationText } from './annotation.ts'
import { code, fenced, markdownText } from './markdown-text.ts'
import { problemLines } from './summary.ts'

/** Problems of the fleet's files at their lines. Pure. */
export function lintAsGithub({ problems, warnings }: LintResult): string {
  return annotationText([...annotationsOf(problems, 'error'), ...annotationsOf(warnings, 'warning')])
}

/** Problems of the fleet's files as a comment on a pull request. Pure. */
export function lintAsMarkdown({ minions, roles, problems, warnings }: LintResult): string {
  const found =
    problems.length === 0 ? 'no problems' : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`
  return markdownText(
    [`### \`master lint\`: ${found}`, `minions: ${minions}, roles: ${roles}`],
    [
      { title: 'Problems', folded: false, blocks: problems.map(blockOf) },
      { title: 'Warnings', folded: false, blocks: warnings.map(blockOf) },
    ],
    '',
    'master lint',
  )
}

function blockOf(problem: Problem): string {
  const { source } = problem
  const place = source === undefined ? [] : [code(formatPosition(source))]
  return [...place, fenced(problemLines(problem).join('\n'), 'text')].join('\n\n')
}
