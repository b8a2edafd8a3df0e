import { expect, it } from 'vitest'
import { parseFleetFile } from '../../../master/fleet/fleet-file.ts'
import { parseRunbook } from '../../../master/runbooks/parse.ts'
import type { Problem } from '../../../protocol/errors.ts'
import { compileScene, problemLines } from './compile-scene.ts'

const HINT = 'Type `master migrate DIR`, with the fleet directory: it renames all old names in place.'

const line = ({ code, message, hint, source }: Problem): string =>
  `${source?.file}:${source?.line}:${source?.column} ${code} ${message} | ${hint}`

it('a role.yml with renamed keys reports the new name of each, all at once', () => {
  const role = 'summary: x\nleases: {id: {from: 1, to: 2}}\nopens: {}\ndoes: [x]\nready: false\n'

  expect(problemLines(compileScene({ roles: { 'app/role.yml': role, 'app/states.yml': '' } }))).toEqual([
    `roles/app/role.yml:2:1 KEY_RENAMED \`leases\` is now called \`allocations\` | ${HINT}`,
    `roles/app/role.yml:3:1 KEY_RENAMED \`opens\` is now called \`ingress\` | ${HINT}`,
    `roles/app/role.yml:4:1 KEY_RENAMED \`does\` is now called \`purpose\` | ${HINT}`,
    `roles/app/role.yml:5:1 KEY_RENAMED \`ready\` is now called \`draft\` | ${HINT}`,
  ])
})

it('an expression with a renamed path reports the new path, also inside `default`', () => {
  const states = 'x:\n  cmd.run: {cmd: ["{{default leases.id 1}}", "{{json minion.openings}}"]}\n'

  expect(problemLines(compileScene({ roles: { 'app/states.yml': states } }))).toEqual([
    expect.stringContaining('KEY_RENAMED `leases` is now called `allocations`'),
    expect.stringContaining('KEY_RENAMED `minion.openings` is now called `minion.ingress`'),
  ])
})

it('a runbook step with the renamed key `lease` reports the new key', () => {
  const { problems } = parseRunbook('move', 'summary: x\nsteps:\n  - {name: a, lease: db, to: b}\n')

  expect(problems.map(line)[0]).toBe(
    `runbooks/move.yml:3:15 KEY_RENAMED \`lease\` is now called \`allocation\` | ${HINT}`,
  )
})

it('a right with a renamed verb reports the new verb', () => {
  const text = 'id: abcdefgh\nlevels: [a]\noperators: {anna: {rights: [{verbs: [lease-list], target: "*"}]}}\n'
  const { problems } = parseFleetFile(text, { roles: [], grantable: new Map([['allocation-list', 'fleet']]) })

  expect(problems.map(line)).toEqual([
    `fleet.yml:3:38 KEY_RENAMED \`lease-list\` is now called \`allocation-list\` | ${HINT}`,
  ])
})
