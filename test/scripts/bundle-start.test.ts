import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../scripts/package/bundle.ts'
import { compactScript } from '../../scripts/package/compact-script.ts'

const PROJECT = resolve(import.meta.dirname, '../..')
let directory: string

/** Lays out a bundle as a package does, and stores its code as the installation does. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-start-'))
  for (const program of ['master', 'minion'] as const) {
    const home = join(directory, program)
    mkdirSync(join(home, 'lib'), { recursive: true })
    const { files } = await bundle(PROJECT, program)
    for (const [name, text] of files) writeFileSync(join(home, 'lib', name), text)
    writeFileSync(join(home, 'package.json'), '{"name":"saltern","version":"1.2.3","type":"module"}')
    symlinkSync(join(PROJECT, 'node_modules'), join(home, 'node_modules'))
    execFileSync(process.execPath, [join(home, 'lib/precompile.cjs')])
  }
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

interface Loaded {
  readonly scripts: readonly (readonly [name: string, isCodeRejected: boolean | undefined])[]
  readonly builtIn: readonly string[]
}

/** Runs a command and returns what it loaded. */
function loadedBy(program: 'master' | 'minion', words: readonly string[]): Loaded {
  const main = join(directory, program, 'lib/main.cjs')
  const watch = `
    const { load, scripts } = require(${JSON.stringify(main)})
    process.argv = [process.argv[0], ${JSON.stringify(main)}, ...${JSON.stringify(words)}]
    process.once('exit', () => {
      const all = [...scripts].map(([name, script]) => [name, script.cachedDataRejected])
      const builtIn = process.moduleLoadList.map(name => name.replace('NativeModule ', ''))
      require('node:fs').writeFileSync(3, JSON.stringify({ scripts: all, builtIn }))
    })
    load('program.cjs')`
  const { output } = spawnSync(process.execPath, ['-e', watch], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  return JSON.parse(String(output[3])) as Loaded
}

/** Built-in modules of which each takes some milliseconds. */
const HEAVY = ['child_process', 'crypto', 'fs/promises', 'tls', 'worker_threads', 'internal/deps/undici/undici', 'zlib']

describe('a command of the bundle', () => {
  it('`master ping` loads one script besides the first, from stored code, and no heavy module of Node', () => {
    const { scripts, builtIn } = loadedBy('master', ['--socket', '/nonexistent', 'ping', 'web1'])

    expect(scripts).toEqual([
      ['program.cjs', false],
      [expect.stringMatching(/^chunk-/), false],
    ])
    expect(builtIn).toContain('http')
    expect(builtIn.filter(name => HEAVY.includes(name))).toEqual([])
  })

  it('`minion --version` runs from stored code, and loads no heavy module of Node', () => {
    const { scripts, builtIn } = loadedBy('minion', ['--version'])

    expect(scripts).toEqual([['program.cjs', false]])
    expect(builtIn.filter(name => HEAVY.includes(name))).toEqual([])
  })

  it('works without stored code, with damaged code and with that of another build', () => {
    const code = join(directory, 'master/code')
    const run = (): string =>
      execFileSync(process.execPath, [join(directory, 'master/lib/main.cjs'), '--version'], { encoding: 'utf8' })
    const [build = ''] = readdirSync(code)
    const names = readdirSync(join(code, build))
    for (const name of names)
      writeFileSync(join(code, build, name), readFileSync(join(code, build, name)).subarray(0, 100))
    expect(run()).toContain('master 1.2.3')
    for (const name of names) writeFileSync(join(code, build, name), 'x'.repeat(500))
    expect(run()).toContain('master 1.2.3')
    rmSync(code, { recursive: true })
    expect(run()).toContain('master 1.2.3')
    mkdirSync(join(code, 'of-another-build'), { recursive: true })
    expect(run()).toContain('master 1.2.3')

    execFileSync(process.execPath, [join(directory, 'master/lib/precompile.cjs')])
    expect(readdirSync(code)).toEqual([build])
  })
})

it('a script for a package refuses an import that would load a lazy module at once', async () => {
  await expect(compactScript("import * as all from 'node:crypto'\nall.hash()")).rejects.toThrow(
    'node:crypto is loaded when',
  )
  expect(await compactScript("import { hash } from 'node:crypto'\nhash()")).toContain('require("node:crypto")')
})
