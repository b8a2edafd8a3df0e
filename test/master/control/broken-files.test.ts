import { describe, expect, it } from 'vitest'
import { withoutMissing } from '../../../master/control/compile-minions.ts'
import type { FleetMinion } from '../../../master/control/snapshot.ts'
import { fleetOf } from '../../../master/fleet/load.ts'
import { loadPillar } from '../../../master/pillar/for-minion.ts'
import { type Problem, problemsOf } from '../../../protocol/errors.ts'
import type { Sha256 } from '../../../protocol/ids.ts'
import { compileScene, problemLines } from '../compile/compile-scene.ts'

const MISSING: Problem = { code: 'PILLAR_MISSING', message: '`app.password`', hint: 'Seal one.' }
const OTHER: Problem = { code: 'ROLE_UNKNOWN', message: 'there is no role `x`' }
const minion = (id: string): FleetMinion =>
  ({ pillarView: { id, roles: [], level: 'staging' } }) as unknown as FleetMinion

/** Returns the codes reported for a minion that lacks a value, when the pillar consists of these files. */
function told(id: string, files: { readonly [path: string]: string }, problems = [MISSING]): readonly string[] {
  const pillar = loadPillar(path => files[path], { fleet: 'f', keys: [] })
  return withoutMissing(problems, pillar, minion(id)).map(({ code }) => code)
}

describe('a broken pillar file', () => {
  const TOP = '- match: id=web*\n  files: [web]\n- match: "*"\n  files: [common]\n'

  it('a broken pillar file suppresses missing-key errors of the minions that use it', () => {
    const files = { 'pillar/top.yml': TOP, 'pillar/web.yml': 'a: "x\n', 'pillar/common.yml': 'b: 1\n' }

    expect(told('web1', files)).toEqual(['YAML_INVALID'])
    expect(told('web1', files, [MISSING, OTHER])).toEqual(['ROLE_UNKNOWN'])
    expect(told('db1', files)).toEqual(['PILLAR_MISSING'])
  })

  it('an unreadable sealed value, a missing file and a broken top file count as a broken pillar file', () => {
    const sealed = { 'pillar/top.yml': TOP, 'pillar/web.yml': 'a: !sealed v1:0\n', 'pillar/common.yml': '' }

    expect(told('web1', sealed)).toEqual(['PILLAR_VALUE_UNREADABLE'])
    expect(told('web1', { 'pillar/top.yml': TOP, 'pillar/common.yml': '' })).toEqual(['FLEET_INVALID'])
    expect(told('db1', { 'pillar/top.yml': '- match: "x\n' })).toEqual(['YAML_INVALID'])
  })
})

it('a broken fleet.yml does not make levels in the inventory invalid', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  const files = new Map([
    ['fleet.yml', bytes('id: fleet-1\nname: "shop\nlevels: [staging]\n')],
    ['inventory.yml', bytes('db1: {level: staging}\nweb1: {level: "x\n')],
  ])
  const read = { directory: '/x', files, large: new Map(), broken: new Map(), revision: '' as Sha256 }
  let problems: readonly Problem[] = []
  try {
    fleetOf(read, { verbs: [] } as never)
  } catch (thrown) {
    problems = problemsOf(thrown)
  }

  expect(problems.map(({ code, source }) => `${code} ${source?.file}:${source?.line}`)).toEqual([
    'YAML_INVALID fleet.yml:2',
    'YAML_INVALID inventory.yml:2',
  ])
})

it('a broken role.yml does not make the pillar keys of its states undeclared', () => {
  const roles = {
    'app/role.yml': 'pillar:\n  app.port: {type: port, default: 80}\nsummary: "x\n',
    'app/states.yml': '/etc/app:\n  file.managed: {contents: "{{pillar.app.port}}"}\n',
  }

  expect(problemLines(compileScene({ roles }))).toEqual([
    'roles/app/role.yml:3:10 YAML_INVALID the `"` is not closed | Close it on the same line.',
  ])
})
