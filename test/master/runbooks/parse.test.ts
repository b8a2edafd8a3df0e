import { expect, it } from 'vitest'
import { parseRunbook } from '../../../master/runbooks/parse.ts'
import { runbookName } from '../../../master/runbooks/runbook.ts'

function linesOf(text: string): readonly string[] {
  return parseRunbook('x', text).problems.map(({ code, message, source }) => {
    return `${source?.line}:${source?.column} ${code} ${message}`
  })
}

it('a runbook file reports all errors at once, each with its location', () => {
  const text = `sumary: x
params:
  to: {type: host}
steps:
  - {on: db1, run: [true]}
  - {name: a}
  - {name: b, on: db1, run: [true], confirm: really}
  - {name: c, run: [true]}
  - {name: d, on: db1, run: reboot}
  - {name: e, allocation: masterdb}
  - {name: f, on: db1, run: [true], within: 4000, final: maybe, undo: {run: [true], retry: 2}}
  - {name: g, on: db1, run: [true], expect: {stderr: x}}
`

  expect(linesOf(text)).toEqual([
    '1:1 FLEET_INVALID runbooks/x.yml has no key `sumary`',
    '3:7 FLEET_INVALID the type of `to` is `minion` or `text`, got `host`',
    '5:5 FLEET_INVALID a step needs a `name`',
    '6:5 FLEET_INVALID a step has exactly one of `require`, `confirm`, `run`, `allocation`, `apply`; this one has none',
    '7:5 FLEET_INVALID a step has exactly one of `require`, `confirm`, `run`, `allocation`, `apply`; this one has `confirm`, `run`',
    '8:5 FLEET_INVALID `on` must be a minion, and `run` a list of program and arguments',
    '9:5 FLEET_INVALID `on` must be a minion, and `run` a list of program and arguments',
    '10:27 FLEET_INVALID `allocation` needs `to`',
    '11:45 FLEET_INVALID `within` must be a number from 0 to 3600, got `4000`',
    '11:85 FLEET_INVALID `undo` has no key `retry`',
    '11:58 FLEET_INVALID `final` must be `true` or `false`, got the text "maybe"',
    '12:46 FLEET_INVALID `expect` has no key `stderr`',
  ])
  expect(linesOf('summary: x\n')).toEqual(['1:1 FLEET_INVALID `steps` must be a list of steps'])
})

it('a mistyped action of a step is one problem, with the action that was meant', () => {
  const text = 'summary: x\nsteps:\n  - {name: a, on: db1, rnu: [true]}\n'

  expect(parseRunbook('x', text).problems).toMatchObject([
    { message: 'a step has no key `rnu`', hint: 'Did you mean `run`?', source: { line: 3, column: 24 } },
  ])
})

it('a runbook file accepts durations with trailing zeros', () => {
  const text = 'summary: x\nsteps:\n  - {name: a, on: db1, run: [true], within: 1.0, timeout: 2.50}\n'

  expect(linesOf(text)).toEqual([])
})

it('a runbook is named after its path, and other paths are not runbooks', () => {
  const paths = ['runbooks/db-promote.yml', 'runbooks/a/b.yml', 'runbooks/X.yml', 'roles/a.yml', 'runbooks/a.txt']

  expect(paths.map(runbookName)).toEqual(['db-promote', undefined, undefined, undefined, undefined])
})

it('a runbook refuses a target with ids side by side, and says both ways to write it', () => {
  const steps = (target: string): string => `steps:\n  - {name: a, apply: "${target}"}\n`

  expect(parseRunbook('x', steps('web* *-prod')).problems).toMatchObject([
    {
      code: 'FLEET_INVALID',
      message: '`apply`: `web*` and `*-prod` stand side by side',
      hint: 'For either, write `web*,*-prod`; for minions that fit both, `web* and *-prod`.',
    },
  ])
  for (const target of ['web*,*-prod', 'edge', 'role=db level=staging', '{{params.to.id}} or web1']) {
    expect(linesOf(steps(target))).toEqual([])
  }
})
