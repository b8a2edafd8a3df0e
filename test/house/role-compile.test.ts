import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ExportedValue } from '../../master/compile/input.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { Secret } from '../../protocol/secret.ts'
import { compileScene, GRAINS, type PillarMap, problemLines } from '../master/compile/compile-scene.ts'
import { filesBelow, PROJECT, readSource } from './source-files.ts'

const files = ['.yml', '.hbs', '.md'].flatMap(suffix => filesBelow(['roles'], suffix))
const roles = [...new Set(files.map(path => path.split('/')[1] ?? ''))]

/** What each role needs besides its defaults. */
const PILLAR: PillarMap = {
  demo: { directory: '/srv/demo' },
  mariadb: {
    replication: { password: new Secret('replication password', 'mariadb.replication.password') },
    databases: [{ name: 'shop' }],
    users: { shop: { host: '%', database: 'shop', grants: ['SELECT'], password: new Secret('shop password', 'x') } },
  },
}

const address: readonly ExportedValue[] = [{ minion: 'db1' as MinionId, value: '10.0.0.5' }]
const issued = { certificate: 'CERT', key: new Secret('KEY', 'certificates.mariadb.key'), ca: 'CA' }

describe('bundled roles', () => {
  it.each(roles)('%s compiles for a Debian 12 minion, the same bytes each time, with no secret in clear', role => {
    const texts = Object.fromEntries(
      files.map(path => [path.slice('roles/'.length), readFileSync(join(PROJECT, path), 'utf8')]),
    )
    const scene = {
      roles: texts,
      assigned: [role],
      pillar: PILLAR,
      grains: GRAINS,
      input: {
        exports: new Map([['masterdb', new Map([['address', address]])]]),
        certificates: new Map([['mariadb', issued]]),
      },
    }

    const compiled = compileScene(scene)

    expect(problemLines(compiled)).toEqual(['(no problem)'])
    if (!compiled.ok) return
    expect(compiled.catalog.states.length).toBeGreaterThan(0)
    expect(JSON.stringify(compiled.catalog)).toBe(JSON.stringify((compileScene(scene) as typeof compiled).catalog))
    expect(JSON.stringify(compiled.catalog)).not.toMatch(/replication password|shop password|KEY/)
  })

  it.each(roles)('%s says in a README what it does and names every pillar key', role => {
    const readme = readSource(`roles/${role}/README.md`)
    const declared = [...readSource(`roles/${role}/role.yml`).matchAll(/^ {2}([a-z_]+(?:\.[a-z_]+)+):/gm)].map(
      ([, key]) => key ?? '',
    )

    expect(readme.length).toBeGreaterThan(100)
    expect(declared.filter(key => !readme.includes(key))).toEqual([])
  })
})
