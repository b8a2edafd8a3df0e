import { expect, it } from 'vitest'
import { renderProblems } from '../../../../master/cli/render/problems.ts'
import { createStyle, PLAIN } from '../../../../master/cli/render/style.ts'
import type { FleetProblem } from '../../../../master/control/fleet-problem.ts'

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
      '2 problems of 2 kinds in 1 file',
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

function undeclared(key: string, line: number, more: Partial<FleetProblem> = {}): FleetProblem {
  return {
    code: 'PILLAR_UNDECLARED',
    message: `the pillar key \`${key}\` is not declared by this role`,
    hint: 'Declare it in roles/db/role.yml, or remove it.',
    source: { file: 'roles/db/states.yml', line, column: 3 },
    excerpt: `  {{pillar.${key}}}`,
    ...more,
  }
}

it('problems with the same code and file are shown together, and those after the first on a line of their own', () => {
  const other: FleetProblem = { code: 'STATE_UNKNOWN', message: 'there is no state `x`', minions: ['web1', 'web2'] }
  const text = renderProblems(
    [
      undeclared('a', 5, { minions: ['db1'] }),
      other,
      undeclared('b', 9, { minions: ['db2', 'db3'] }),
      undeclared('c', 12, { minions: ['db1'], hint: 'Did you mean `d`?' }),
      undeclared('c', 14, { minions: ['db1'], hint: 'Did you mean `d`?' }),
    ],
    PLAIN,
  )

  expect(text).toBe(
    [
      'PILLAR_UNDECLARED: the pillar key `a` is not declared by this role',
      '  on db1',
      ' --> roles/db/states.yml:5:3',
      '5 |   {{pillar.a}}',
      '  |   ^',
      '  hint: Declare it in roles/db/role.yml, or remove it.',
      '  3 more of this kind in roles/db/states.yml:',
      '    9:3         the pillar key `b` is not declared by this role  on db2 and db3',
      '    12:3, 14:3  the pillar key `c` is not declared by this role  on db1',
      '                hint: Did you mean `d`?',
      '',
      'STATE_UNKNOWN: there is no state `x`',
      '  on web1 and web2',
      '',
      '5 problems of 2 kinds in 1 file, on 5 minions',
      '',
    ].join('\n'),
  )
})

it('problems with the same code and file are shown in full when their text has several lines', () => {
  const quoting = undeclared('b', 9, { message: 'the program said:\nno' })

  const text = renderProblems([undeclared('a', 5), quoting], PLAIN)

  expect(text).toContain('\n\nPILLAR_UNDECLARED: the program said:\n  | no\n --> roles/db/states.yml:9:3\n')
  expect(text).toMatch(/\n2 problems in 1 file\n$/)
})

it('problems without a file are never gathered, because their texts have no place to tell them apart', () => {
  const { source: _source, excerpt: _excerpt, ...first } = undeclared('a', 1)

  expect(renderProblems([first, { ...first, message: 'another' }], PLAIN)).toContain('\n\nPILLAR_UNDECLARED: another\n')
})

it('problems with the same code and file do not name their minions again when they are the same', () => {
  const on = { minions: ['db1', 'db2'] }
  const text = renderProblems([undeclared('a', 5, on), undeclared('b', 9, on)], PLAIN)

  expect(text).toContain(
    '\n  1 more of this kind in roles/db/states.yml, on the same minions:\n    9:3  the pillar key `b` is not declared by this role\n\n',
  )
})

it('problems with the same code and file are in the order of their places, and repeat no hint that differs in the quoted name', () => {
  const hint = (key: string) => ({ hint: `Declare \`${key}\` in role.yml.` })
  const text = renderProblems(
    [undeclared('c', 12, hint('c')), undeclared('b.x', 9, hint('b.x')), undeclared('a', 9, hint('z'))].map(problem => ({
      ...problem,
      minions: ['db1', 'db2'],
    })),
    PLAIN,
  )

  expect(text.split('\n').filter(line => /^P|^ +\d|hint/.test(line))).toEqual([
    'PILLAR_UNDECLARED: the pillar key `b.x` is not declared by this role',
    '  hint: Declare `b.x` in role.yml.',
    '  2 more of this kind in roles/db/states.yml, on the same minions:',
    '    9:3   the pillar key `a` is not declared by this role',
    '          hint: Declare `z` in role.yml.',
    '    12:3  the pillar key `c` is not declared by this role',
  ])
})

it('problems with the same code and file say nothing about minions where they have none', () => {
  const text = renderProblems(
    [undeclared('a', 5), undeclared('b', 9), { ...undeclared('x', 1), code: 'USAGE', minions: ['db1', 'db2'] }],
    PLAIN,
  )

  expect(text).toContain('  1 more of this kind in roles/db/states.yml:\n')
})

it('problems with the same code and file are folded below their text in a terminal', () => {
  const text = renderProblems([undeclared('a', 5), undeclared('b', 9)], createStyle(false, 40))

  expect(text).toContain('\n    9:3  the pillar key `b` is not\n         declared by this role\n')
})
