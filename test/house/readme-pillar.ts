import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { Secret } from '../../protocol/secret.ts'
import type { PillarMap, PillarValue } from '../master/compile/compile-scene.ts'
import { PROJECT, readSource } from './source-files.ts'

interface Tree {
  [key: string]: PillarValue
}

/** Prefix of every clear value of an example, so that tests can search for it. */
export const EXAMPLE_SECRET = 'example secret of'

/**
 * Builds the example pillar of roles from their READMEs: every `yaml` block that is a map of pillar keys, and a sealed value
 * for each `master pillar set KEY`.
 */
export function examplePillar(roles: readonly string[]): PillarMap {
  const tree: Tree = {}
  for (const role of roles) {
    const readme = readmeOf(role)
    for (const [, block = ''] of readme.matchAll(/^```yaml\n(.*?)^```$/gms)) merge(tree, parse(block) as PillarMap)
    for (const [, key = ''] of readme.matchAll(/master pillar set ([\w.-]+)/g)) {
      const path = key.split('.')
      merge(
        tree,
        path.reduceRight<PillarValue>(
          (inner, name) => ({ [name]: inner }),
          new Secret(`${EXAMPLE_SECRET} ${key}`, key),
        ) as PillarMap,
      )
    }
  }
  return tree
}

function readmeOf(role: string): string {
  const path = `roles/${role}/README.md`
  if (existsSync(join(PROJECT, path))) return readSource(path)
  throw new Error(`write ${path} with an example pillar: see docs/contributing/adding-a-role.md`)
}

function merge(into: Tree, from: PillarMap): void {
  for (const [key, value] of Object.entries(from)) {
    const there = into[key]
    if (isMap(there) && isMap(value)) merge(there as Tree, value)
    else into[key] = isMap(value) ? { ...value } : value
  }
}

function isMap(value: PillarValue | undefined): value is PillarMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret)
}
