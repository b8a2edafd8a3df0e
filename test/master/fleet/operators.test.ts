import { expect, it } from 'vitest'
import { parseFleetFile } from '../../../master/fleet/fleet-file.ts'
import type { Grantable } from '../../../master/fleet/operators.ts'

const GRANTABLE: Grantable = new Map([
  ['look', 'minions'],
  ['test', 'minions'],
  ['report', 'minions'],
  ['ssh', 'minions'],
  ['keys', 'fleet'],
])
const HEAD = 'id: 0123456789abcdef\nlevels: [production, staging]\n'

function parse(operators: string) {
  return parseFleetFile(`${HEAD}${operators}`, { roles: ['db', 'web'], grantable: GRANTABLE })
}

function found(operators: string): readonly string[] {
  return parse(operators).problems.map(
    ({ message, hint, source }) => `${source?.line}:${source?.column} ${message} | ${hint ?? ''}`,
  )
}

it('an operator in fleet.yml has rights, each with verbs and a target, and a system user', () => {
  const { operators, problems } = parse(`operators:
  anna:
    rights:
      - {verbs: [test, report], target: "*"}
      - {verbs: ssh, target: level=staging and role=db}
  ben:
    uses: benjamin
    rights: [{verbs: ["*"], target: "*"}]
  new: {}
`)

  expect(problems).toEqual([])
  expect(operators.map(({ name, user, grants }) => [name, user, grants.map(({ verbs }) => verbs)])).toEqual([
    ['anna', 'anna', [['test', 'report'], ['ssh']]],
    ['ben', 'benjamin', [['*']]],
    ['new', 'new', []],
  ])
})

it('the list of operators is empty when fleet.yml names none', () => {
  expect(parse('').operators).toEqual([])
})

it('errors in the operators of fleet.yml are all reported at once, with location and suggestion', () => {
  expect(
    found(`operators:
  Anna: {}
  root: {rights: []}
  ben:
    right: []
  cleo:
    uses: "../x"
  dora:
    rights:
      - {verbs: [tset, keys], target: level=stagin}
      - {verbs: [test], target: "role=bd or (level=production"}
      - {verbs: [test], target: role=bd}
      - {verbs: [test], target: os=Debian grain.rack=7}
      - {verbs: [test]}
      - {target: "*", verb: test}
      - test
  emil: {uses: dora}
`),
  ).toEqual([
    '4:3 `Anna` is not a valid operator name | For example, write `anna`: a-z, 0-9, `_` and `-`, at most 32.',
    '5:3 `root` already has all rights | For example, write `anna`: a-z, 0-9, `_` and `-`, at most 32.',
    '7:5 `ben` has no key `right` | Did you mean `rights`?',
    '9:11 `../x` cannot be the system user of an operator | For example, write `uses: anna`.',
    '12:39 there is no level `stagin`; there are production, staging | Did you mean `level=staging`?',
    '12:18 there is no verb `tset` | Did you mean `test`?',
    '12:24 `keys` concerns the whole fleet, so it cannot be limited to some minions | Write it into a right with `target: "*"`, or leave it out.',
    '13:33 `target`: expected `)` | Close the parenthesis.',
    '14:33 there is no role `bd`; there are db, web | Did you mean `role=db`?',
    '15:33 a right cannot depend on `os`, which a minion reports about itself | Use `id=`, `role=` or `level=`, which the master assigns.',
    '15:33 a right cannot depend on `grain.rack`, which a minion reports about itself | Use `id=`, `role=` or `level=`, which the master assigns.',
    '16:9 a right has `target`, this one has none | For example, write `- {verbs: [test, report], target: level=staging}`.',
    '17:23 a right has no key `verb` | Did you mean `verbs`?',
    '17:9 a right has `verbs`, this one has none | For example, write `- {verbs: [test, report], target: level=staging}`.',
    '18:9 a right must be a map, got the text "test" | ',
    '19:16 the system user `dora` of `emil` is also the user of `dora` | Give each operator their own system user, so that the log can tell them apart.',
  ])
})
