import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { filesBelow, PROJECT, readSource } from './source-files.ts'

/**
 * Packages that delay every command: commander parses it, picocolors colours the output, and the third measures columns (8 ms
 * to load; `string-width` takes 30).
 */
const LIGHT = ['commander', 'fast-string-truncated-width', 'picocolors']

it('a CLI command loads only the listed packages before it connects to the master', () => {
  expect([...packagesOf('master/main.ts', new Set())].sort()).toEqual(LIGHT)
})

/** Lists the packages that a file imports, directly or indirectly; types and `import()` do not count. */
function packagesOf(file: string, seen: Set<string>): ReadonlySet<string> {
  if (seen.has(file)) return new Set()
  seen.add(file)
  const found = readSource(file).matchAll(/(?:^|\n)\s*(?:import|export)\s+(?!type\s)([^'"`;]*?)from\s*'([^']+)'/g)
  const packages = new Set<string>()
  for (const [, names = '', what = ''] of found) {
    const inner = /^\{([^}]*)\}\s*$/.exec(names.trim())?.[1]
    const onlyTypes = inner?.split(',').every(name => name.trim() === '' || name.trim().startsWith('type '))
    if (what.startsWith('node:') || onlyTypes === true) continue
    if (!what.startsWith('.')) packages.add(what)
    else for (const one of packagesOf(join(dirname(file), what), seen)) packages.add(one)
  }
  return packages
}

it('a CLI command does not load undici with node:http', () => {
  const script = `const { createClient } = await import('./master/api/client.ts'); await import('./master/cli/parse.ts')
    await createClient('/nonexistent').call('status', {}).catch(() => undefined)
    console.log(process.moduleLoadList.join('\\n'))`
  const env = { ...process.env, NODE_OPTIONS: '' }
  const words = ['--input-type=module', '-e', script]

  const loaded = execFileSync(process.execPath, words, { cwd: PROJECT, env, encoding: 'utf8' })

  expect(loaded).toContain('NativeModule http')
  expect(loaded.split('\n').filter(line => line.includes('undici'))).toEqual([])
})

it('no program imports a value of node:http, which loads undici, about 10 MiB of memory', () => {
  const found = filesBelow(['protocol', 'states', 'minion', 'master'], '.ts').filter(path =>
    /^import (?!type ).*from 'node:http'$/m.test(readSource(path)),
  )

  expect(found).toEqual([])
})
