import { mkdtemp, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

export type Architecture = 'amd64' | 'arm64'

/** Maps Debian's names of processors to those of Node and the registry. */
export const NODE_ARCH: { readonly [arch in Architecture]: string } = { amd64: 'x64', arm64: 'arm64' }

/** Files of node_modules that ship beside a bundle because they are, or load, native code or WebAssembly. */
export interface NativePackage {
  /** Path below node_modules. */
  readonly name: string
  readonly folder: string
  /** Relative to the folder; a directory means all of its files. */
  readonly files: readonly string[]
}

/** Packages for the pseudo terminals of the minion. */
export async function ptyPackages(project: string, arch: Architecture): Promise<readonly NativePackage[]> {
  const name = '@lydell/node-pty'
  const folder = join(project, 'node_modules', name)
  const scripts = (await readdir(folder)).filter(file => file.endsWith('.js') && !/windows|conpty/i.test(file)).sort()
  const native = `${name}-linux-${NODE_ARCH[arch]}`
  const files = ['package.json', 'LICENSE', 'shared', ...scripts]
  return [
    { name, folder, files },
    { name: native, folder: await obtain(project, native), files: ['package.json', 'pty.node'] },
  ]
}

/** Package for the database of the master; it has native parts for all processors. */
export function sqlitePackage(project: string, arch: Architecture): NativePackage {
  const name = 'better-sqlite3'
  const files = ['package.json', 'LICENSE', 'lib', `prebuilds/linux-${NODE_ARCH[arch]}.node`]
  return { name, folder: join(project, 'node_modules', name), files }
}

/** Package that draws the pictures of mails: WebAssembly, the same for all processors and C libraries. */
export function picturePackage(project: string): NativePackage {
  const name = '@resvg/resvg-wasm'
  return { name, folder: join(project, 'node_modules', name), files: ['package.json', 'index.mjs', 'index_bg.wasm'] }
}

/** Path of an installed package; the one for another processor is downloaded once, in the installed version. */
async function obtain(project: string, name: string): Promise<string> {
  const installed = join(project, 'node_modules', name)
  if (await isThere(installed)) return installed
  const manifest = join(project, 'node_modules/@lydell/node-pty/package.json')
  const { default: about } = (await import(manifest, { with: { type: 'json' } })) as {
    readonly default: { readonly version: string }
  }
  const kept = join(project, '.node', `${name.replace('/', '-')}-${about.version}`)
  if (await isThere(kept)) return kept
  const candidate = await mkdtemp(join(project, '.node', 'new-'))
  const flags = ['--force', '--ignore-scripts', '--no-save', '--no-package-lock', '--no-audit', '--no-fund']
  await execa('npm', ['install', '--prefix', candidate, ...flags, `${name}@${about.version}`], { cwd: candidate })
  await rename(join(candidate, 'node_modules', name), kept)
  return kept
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
