import { expect, it } from 'vitest'
import type { AlikeProblem } from '../../../../master/cli/render/alike-problems.ts'
import { groupProblems } from '../../../../master/cli/render/problem-groups.ts'

function at(line: number, message: string): AlikeProblem {
  const source = { file: 'a.yml', line, column: 1 }
  return { code: 'TEMPLATE_INVALID', message, source, elsewhere: [] }
}

function messages(problems: readonly AlikeProblem[]): readonly (readonly string[])[] {
  return groupProblems(problems).map(group => group.map(({ message }) => message))
}

it('a problem with a text of several lines stays alone, and the other problems of its kind stay one group', () => {
  const long = 'template failed:\nline two'

  expect(messages([at(10, long), at(3, 'c'), at(2, 'b')])).toEqual([[long], ['b', 'c']])
  expect(messages([at(3, 'c'), at(10, long), at(2, 'b'), at(11, long), at(1, 'a')])).toEqual([
    ['a', 'b', 'c'],
    [long],
    [long],
  ])
})
