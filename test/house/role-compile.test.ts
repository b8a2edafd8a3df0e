import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ExportedValue } from '../../master/compile/input.ts'
import { loadLibrary, withIncluded } from '../../master/compile/library.ts'
import type { MinionId } from '../../protocol/ids.ts'
import type { Json } from '../../protocol/json.ts'
import { Secret } from '../../protocol/secret.ts'
import { compileScene, GRAINS, problemLines } from '../master/compile/compile-scene.ts'
import { EXAMPLE_SECRET, examplePillar } from './readme-pillar.ts'
import { filesBelow, PROJECT, readSource } from './source-files.ts'

const files = filesBelow(['roles'], '').filter(path => path !== '')
const roles = [...new Set(files.map(path => path.split('/')[1] ?? ''))]

const library = loadLibrary(new Map(files.map(path => [path, readFileSync(join(PROJECT, path))])))

/** What other hosts of the level export: role, name, value. */
const EXPORTS: { readonly [role: string]: { readonly [name: string]: Json } } = {
  masterdb: { address: '10.0.0.5' },
  memcache: { memcached: { endpoint: '10.0.0.6:11211', cluster: 'main' } },
  nutcracker: { address: '10.0.0.7' },
  sessions: {
    memcached: { endpoint: '10.0.0.8:11211', cluster: 'main' },
    redis: { endpoint: '10.0.0.8:6379', cluster: 'main' },
  },
}
const CERTIFICATES = ['mariadb']

const exported = new Map(
  Object.entries(EXPORTS).map(([role, values]) => {
    const byName = Object.entries(values).map(([name, value]): [string, readonly ExportedValue[]] => {
      return [name, [{ minion: `${role}1` as MinionId, value }]]
    })
    return [role, new Map(byName)]
  }),
)
const issued = { certificate: 'CERT', key: new Secret('KEY', 'certificates.x.key'), ca: 'CA' }

describe('bundled roles', () => {
  it.each(roles)(
    '%s compiles with the example of its README for a Debian 12 minion, the same bytes each time, with no secret in clear',
    role => {
      const texts = Object.fromEntries(
        files.map(path => [path.slice('roles/'.length), readFileSync(join(PROJECT, path), 'utf8')]),
      )
      const scene = {
        roles: texts,
        assigned: [role],
        pillar: examplePillar(withIncluded(library, role).map(({ name }) => name)),
        grains: GRAINS,
        input: {
          exports: exported,
          certificates: new Map(CERTIFICATES.map(name => [name, issued])),
        },
      }

      const compiled = compileScene(scene)

      expect(problemLines(compiled)).toEqual(['(no problem)'])
      if (!compiled.ok) return
      expect(compiled.catalog.states.length).toBeGreaterThan(0)
      expect(JSON.stringify(compiled.catalog)).toBe(JSON.stringify((compileScene(scene) as typeof compiled).catalog))
      expect(JSON.stringify(compiled.catalog)).not.toMatch(new RegExp(`${EXAMPLE_SECRET}|KEY`))
    },
  )

  it.each(roles)('%s says in a README what it does and names every pillar key', role => {
    const readme = readSource(`roles/${role}/README.md`)
    const declared = [...readSource(`roles/${role}/role.yml`).matchAll(/^ {2}([a-z_]+(?:\.[a-z_]+)+):/gm)].map(
      ([, key]) => key ?? '',
    )

    expect(readme.length).toBeGreaterThan(100)
    expect(declared.filter(key => !readme.includes(key))).toEqual([])
  })
})
