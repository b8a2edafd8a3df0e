import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ExportedValue } from '../../master/compile/catalog/input.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { Secret } from '../../protocol/secret.ts'
import { compileScene } from '../../test/master/compile/compile-scene.ts'
import { type Finding, median, round, timeOf } from './measure.ts'

const PROJECT = resolve(import.meta.dirname, '../..')

/** Compiles one minion of the role db (with base), after everything was parsed once. */
export async function benchCompile(): Promise<readonly Finding[]> {
  const names = readdirSync(join(PROJECT, 'roles'), { recursive: true, withFileTypes: true }).filter(one =>
    one.isFile(),
  )
  const roles = Object.fromEntries(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(join(PROJECT, 'roles').length + 1), readFileSync(path, 'utf8')]
    }),
  )
  const address: readonly ExportedValue[] = [{ minion: 'db1' as MinionId, value: '10.0.0.5' }]
  const issued = { certificate: 'CERT', key: new Secret('KEY', 'certificates.mariadb.key'), ca: 'CA' }
  const scene = {
    roles,
    assigned: ['db'],
    pillar: { mariadb: { replication: { password: new Secret('password', 'mariadb.replication.password') } } },
    input: {
      exports: new Map([['masterdb', new Map([['address', address]])]]),
      certificates: new Map(['host', 'mariadb'].map(name => [name, issued] as const)),
    },
  }
  const compile = (): Promise<unknown> => {
    const compiled = compileScene(scene)
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
    return Promise.resolve(compiled.catalog)
  }
  for (let warm = 0; warm < 30; warm++) await compile()
  const times: number[] = []
  for (let turn = 0; turn < 30; turn++) times.push(await timeOf(compile))
  const ms = median(times)
  return [
    {
      what: 'compile one db, roles read and parsed anew',
      measured: `${round(ms)} ms`,
      budget: '2 ms warm (there is no cache of parsed roles yet)',
      ok: ms < 2,
    },
  ]
}
