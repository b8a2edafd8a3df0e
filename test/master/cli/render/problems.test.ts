import { expect, it } from 'vitest'
import { renderProblems } from '../../../../master/cli/render/problems.ts'
import { createStyle, PLAIN } from '../../../../master/cli/render/style.ts'

it('problems are shown with location, source line, caret, further locations and hint', () => {
  const text = renderProblems(
    [
      {
        code: 'STATE_UNKNOWN',
        message: 'there is no state `file.manged`',
        source: { file: 'roles/db/states.yml', line: 12, column: 3 },
        excerpt: '  file.manged: {}',
        hint: 'Did you mean `file.managed`?',
      },
      { code: 'DECLARED_TWICE', message: 'twice', related: [{ file: 'a.yml', line: 1, column: 2 }] },
    ],
    PLAIN,
  )

  expect(text).toBe(
    [
      'STATE_UNKNOWN: there is no state `file.manged`',
      '  --> roles/db/states.yml:12:3',
      '12 |   file.manged: {}',
      '   |   ^',
      '  hint: Did you mean `file.managed`?',
      '',
      'DECLARED_TWICE: twice',
      '  also a.yml:1:2',
      '',
      '2 problems',
      '',
    ].join('\n'),
  )
})

it('problems are folded in a terminal with a hanging indent', () => {
  const problem = {
    code: 'DISK_FULL',
    message: 'no space left on the device',
    hint: 'Run `df -h` on the host.',
  } as const

  expect(renderProblems([problem], createStyle(false, 24))).toBe(
    'DISK_FULL: no space left\n  on the device\n  hint: Run `df -h` on\n        the host.\n',
  )
})

it('the caret of a problem is placed under its character after tabs', () => {
  const source = { file: 'x', line: 1, column: 2 }
  const text = renderProblems([{ code: 'YAML_INVALID', message: 'm', source, excerpt: '\tx' }], PLAIN)

  expect(text).toContain('1 |     x\n  |     ^\n')
})
