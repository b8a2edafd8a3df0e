import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { compactScript, LAZY_MODULES } from './compact-script.ts'

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

const COMMON = {
  outdir: 'lib',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  external: EXTERNAL,
  legalComments: 'none',
  logLevel: 'error',
} as const satisfies BuildOptions

/** What all modules that Node loads by itself have in common: worker threads, and the programs of the bench. */
export const BUNDLE_OPTIONS = {
  ...COMMON,
  outExtension: { '.js': '.mjs' },
  banner: { js: BANNER },
} as const satisfies BuildOptions

/** Worker threads by the name that the code starts them by. */
const WORKERS = {
  master: {
    'report-worker': 'master/store/tables/report-worker.ts',
    'png-worker': 'master/pictures/png-worker.ts',
  },
  minion: {},
} as const

/** What Node runs: `main.cjs` loads the scripts, `precompile.cjs` stores their compiled code at installation. */
const START = ['main.cjs', 'precompile.cjs']
/** The command that precompile.cjs runs: of `master`, one that goes as far as the socket. */
const TYPICAL = { master: '--socket /nonexistent ping x', minion: '--version' } as const

/**
 * Bundles `<program>/main.ts`: the master in several scripts, so that a command does not load the daemon; the minion in a single
 * one, so that an agent running during an upgrade of its package never needs a file that is gone.
 */
export async function bundle(project: string, program: 'master' | 'minion'): Promise<Bundle> {
  const main = `${program}/main.ts`
  const options = {
    ...COMMON,
    absWorkingDir: project,
    splitting: program === 'master',
    metafile: true,
    write: false,
  } as const
  const entryPoints = { program: main }
  const { metafile } = await build({ ...options, entryPoints })
  const lazy = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? [])
  const built = await build({ ...options, entryPoints, plugins: [oneCore(project, main, lazy)] })
  const workers = await build({
    ...options,
    ...BUNDLE_OPTIONS,
    splitting: false,
    entryPoints: WORKERS[program],
  })
  const scripts = await Promise.all(
    built.outputFiles.map(
      async ({ path, text }) => [scriptName(path), await compactScript(withoutShebang(text))] as const,
    ),
  )
  const id = createHash('sha256').update(JSON.stringify(scripts)).digest('hex').slice(0, 16)
  const start = START.map(async name => {
    const text = await readFile(join(project, 'packaging/start', name), 'utf8')
    return [
      name,
      text.replace('@BUILD@', id).replace('@LAZY@', LAZY_MODULES.join(' ')).replace('@WORDS@', TYPICAL[program]),
    ] as const
  })
  const inputs = [...Object.keys(built.metafile.inputs), ...Object.keys(workers.metafile.inputs)]
  const folders = new Set(inputs.flatMap(path => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))
  return {
    files: new Map([
      ...scripts,
      ...(await Promise.all(start)),
      ...workers.outputFiles.map(({ path, text }) => [basename(path), text] as const),
    ]),
    packages: await Promise.all([...folders].sort().map(folder => describePackage(join(project, folder)))),
  }
}

/** esbuild names scripts after their content, except the program itself. */
function scriptName(path: string): string {
  return basename(path).replace(/\.js$/, '.cjs')
}

/**
 * Makes everything that the program always loads one script: modules that are loaded later all import the program, so esbuild
 * has no reason to split what they share with it.
 */
function oneCore(project: string, main: string, lazy: readonly string[]): Plugin {
  const paths = new Set(lazy.filter(path => path !== main).map(path => join(project, path)))
  return {
    name: 'one core',
    setup(plugins) {
      plugins.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!paths.has(path)) return undefined
        const text = await readFile(path, 'utf8')
        return { loader: 'ts', contents: `import ${JSON.stringify(join(project, main))}\n${text}` }
      })
    },
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
