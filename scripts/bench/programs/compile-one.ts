import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExportedValue } from '../../../master/compile/catalog/input.ts'
import { loadLibrary } from '../../../master/compile/role/library.ts'
import type { PillarTree } from '../../../master/yaml/pillar-tree.ts'
import { encodeCatalog, sha256Of } from '../../../protocol/catalog.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import { Secret } from '../../../protocol/secret.ts'
import { compileScene, GRAINS, treeOf } from '../../../test/master/compile/compile-scene.ts'
import { inTurns } from '../in-turns.ts'

/** What goes to stdout: milliseconds for each turn. */
export interface CompileTimes {
  readonly compile: readonly number[]
  readonly floor: readonly number[]
}

const WARM_UPS = 30
// The directory of the roles, and how often to compile.
const [directory = '', turns = '1'] = process.argv.slice(2)
const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter(one => one.isFile())
const files = names.map(({ parentPath, name }) => {
  const path = join(parentPath, name)
  return [`roles/${path.slice(directory.length + 1)}`, readFileSync(path)] as const
})
const address: readonly ExportedValue[] = [{ minion: 'db1' as MinionId, value: '10.0.0.5' }]
const issued = { certificate: 'CERT', key: new Secret('KEY', 'certificates.mariadb.key'), ca: 'CA' }
const password = new Secret('password', 'mariadb.replication.password')
const scene = {
  roles: {},
  input: {
    library: loadLibrary(new Map(files)),
    subject: {
      id: 'db2' as MinionId,
      level: 'staging',
      roles: ['db'],
      vars: {},
      address: '10.0.0.6',
      addresses: ['10.0.0.6'],
      grains: { ...GRAINS, ip4: '10.0.0.6' },
      pillar: treeOf({ mariadb: { replication: { password } } }) as PillarTree,
    },
    exports: new Map([['masterdb', new Map([['address', address]])]]),
    certificates: new Map(['host', 'mariadb'].map(name => [name, issued] as const)),
  },
}

function compile() {
  const compiled = compileScene(scene)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems).slice(0, 1000))
  return compiled.catalog
}

function milliseconds(act: () => unknown): Promise<number> {
  const begun = performance.now()
  act()
  return Promise.resolve(performance.now() - begun)
}

const catalog = compile()
const times: CompileTimes = await inTurns(
  { turns: Number(turns), warmUps: WARM_UPS },
  { compile: () => milliseconds(compile), floor: () => milliseconds(() => sha256Of(encodeCatalog(catalog))) },
)
process.stdout.write(JSON.stringify(times))
