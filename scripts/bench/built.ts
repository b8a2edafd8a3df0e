import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { BUNDLE_OPTIONS, bundle } from '../package/bundle.ts'

/** The programs as the packages have them, and the helpers of the bench. */
export interface Built {
  readonly master: string
  readonly minion: string
  /** Path of one of the programs in `scripts/bench/programs/`, bundled in the same way. */
  helper(name: string): string
}

/** Bundles everything below a new directory: sources would be stripped of types at each start, which no installation does. */
export async function buildAll(project: string, directory: string): Promise<Built> {
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { readonly version: string }
  for (const program of ['master', 'minion'] as const) {
    const home = makeHome(project, join(directory, program), version)
    const { files } = await bundle(project, program)
    for (const [name, text] of files) writeFileSync(join(home, 'lib', name), text)
    // As the installation of a package does.
    execFileSync(process.execPath, [join(home, 'lib/precompile.cjs')], { stdio: 'ignore' })
  }
  const home = makeHome(project, join(directory, 'bench'), version)
  const sources = join(project, 'scripts/bench/programs')
  await build({
    ...BUNDLE_OPTIONS,
    absWorkingDir: project,
    entryPoints: readdirSync(sources).map(name => join(sources, name)),
    outdir: join(home, 'lib'),
    splitting: true,
  })
  return {
    master: join(directory, 'master/lib/main.cjs'),
    minion: join(directory, 'minion/lib/main.cjs'),
    helper: name => join(home, 'lib', `${name}.mjs`),
  }
}

/** Lays out what a package has beside its bundle; native modules are those of the checkout. */
function makeHome(project: string, home: string, version: string): string {
  mkdirSync(join(home, 'lib'), { recursive: true })
  writeFileSync(join(home, 'package.json'), `${JSON.stringify({ name: 'saltern', version, type: 'module' })}\n`)
  symlinkSync(join(project, 'node_modules'), join(home, 'node_modules'))
  for (const folder of ['roles', 'runbooks']) cpSync(join(project, folder), join(home, folder), { recursive: true })
  return home
}
