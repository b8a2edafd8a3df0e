import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

/** Files of a bundle by name, and the npm packages included in them. */
export interface Bundle {
  readonly files: ReadonlyMap<string, string>
  readonly packages: readonly Bundled[]
}

/** An npm package that ships inside ours. */
export interface Bundled {
  readonly name: string
  readonly version: string
  readonly license: string
  /** Where its source is, which some licences require to be said. */
  readonly source: string | undefined
  /** Full text of its licence, if it has one. */
  readonly text: string | undefined
}

/** Packages with native parts, or with WebAssembly, are installed beside the bundle; msgpackr also works without its own. */
const EXTERNAL = ['better-sqlite3', '@lydell/node-pty', '@resvg/resvg-wasm', 'msgpackr-extract']
/** CommonJS packages call `require` for Node's built-in modules. */
const BANNER = `import { createRequire as salternRequire } from 'node:module'
const require = salternRequire(import.meta.url)`

/** What all bundles have in common. */
export const BUNDLE_OPTIONS = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  external: EXTERNAL,
  banner: { js: BANNER },
  legalComments: 'none',
  logLevel: 'error',
} as const satisfies BuildOptions

/** Files of a bundle that are started by name: the programs and worker threads. */
const ENTRIES = {
  master: {
    main: 'master/main.ts',
    'report-worker': 'master/store/tables/report-worker.ts',
    'png-worker': 'master/pictures/png-worker.ts',
  },
  minion: { main: 'minion/main.ts' },
} as const

/**
 * Bundles `<program>/main.ts`: the master in several files, so that a CLI command does not load the daemon; the minion in a
 * single file, so that an agent running during an upgrade of its package never needs a file that is gone.
 */
export async function bundle(project: string, program: 'master' | 'minion'): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...BUNDLE_OPTIONS,
    absWorkingDir: project,
    entryPoints: ENTRIES[program],
    outdir: 'lib',
    splitting: program === 'master',
    metafile: true,
    write: false,
  })
  const inputs = Object.keys(metafile.inputs)
  const folders = new Set(inputs.flatMap(path => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))
  return {
    files: new Map(outputFiles.map(({ path, text }) => [basename(path), withoutShebang(text)])),
    packages: await Promise.all([...folders].sort().map(folder => describePackage(join(project, folder)))),
  }
}

/** Removes the shebang: a command of the package starts the file with the package's own runtime. */
function withoutShebang(text: string): string {
  return text.replace(/^#!.*\n/, '')
}

export async function describePackage(folder: string): Promise<Bundled> {
  const about = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly version: string
    readonly license?: string
    readonly repository?: string | { readonly url?: string }
  }
  const { repository } = about
  const name = (await readdir(folder)).sort().find(file => /^(licen[cs]e|copying)/i.test(file))
  return {
    name: about.name,
    version: about.version,
    license: about.license ?? 'see its text',
    source: typeof repository === 'string' ? repository : repository?.url,
    text: name === undefined ? undefined : await readFile(join(folder, name), 'utf8'),
  }
}
