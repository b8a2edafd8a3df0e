import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Bundle, type Bundled, describePackage } from './bundle.ts'
import { completionFiles } from './completion.ts'
import type { NativePackage } from './native.ts'
import type { Runtime } from './runtime.ts'
import type { Stamp } from './version.ts'

export interface TreeParts extends Stamp {
  readonly project: string
  readonly program: 'master' | 'minion'
  readonly bundle: Bundle
  readonly native: readonly NativePackage[]
  readonly runtime: Runtime
  /** Minion packages included in the master's package, for `master bootstrap`. */
  readonly brings: readonly string[]
}

/** Installation directory of a program and its runtime; both packages can be installed on one host. */
export function homeOf(program: 'master' | 'minion'): string {
  return `usr/lib/saltern/${program}`
}

/** Lays out everything that a package installs below `root`, which is a new directory. */
export async function layTree(root: string, parts: TreeParts): Promise<void> {
  const { project, program, bundle, native, runtime } = parts
  const home = join(root, homeOf(program))
  const data = join(project, 'packaging', `saltern-${program}`)
  await put(join(home, 'bin/node'), await readFile(runtime.program), 0o755)
  for (const [name, contents] of bundle.files) await put(join(home, 'lib', name), contents)
  await put(
    join(home, 'package.json'),
    `${JSON.stringify({ name: 'saltern', version: parts.version, type: 'module' })}\n`,
  )
  for (const { name, folder, files } of native) {
    for (const file of files) await copy(join(folder, file), join(home, 'node_modules', name, file))
  }
  const start = `#!/bin/sh\nexec /${homeOf(program)}/bin/node /${homeOf(program)}/lib/main.cjs "$@"\n`
  await put(join(root, 'usr/bin', program), start, 0o755)
  await copy(
    join(project, program, `saltern-${program}.service`),
    join(root, `lib/systemd/system/saltern-${program}.service`),
  )
  for (const [path, text] of completionFiles(program)) await put(join(root, path), text)
  await copy(join(data, 'lintian-overrides'), join(root, 'usr/share/lintian/overrides', `saltern-${program}`))
  const page = program === 'master' ? 'man1/master.1' : 'man8/minion.8'
  await put(join(root, 'usr/share/man', `${page}.gz`), packed(await readFile(join(data, page.slice(5)))))
  if (program === 'master') {
    await layDocs(join(root, 'usr/share/doc/saltern-master'), join(project, 'docs'))
    await copy(join(project, 'roles'), join(home, 'roles'))
    await copy(join(project, 'runbooks'), join(home, 'runbooks'))
    await copy(join(data, 'master.yml'), join(root, 'etc/saltern/master.yml'))
    await put(join(root, 'usr/bin/saltern-shell'), await readFile(join(project, 'master/saltern-shell')), 0o755)
    await put(join(root, 'usr/share/man/man1/saltern-shell.1.gz'), packed(Buffer.from('.so man1/master.1\n')))
    for (const deb of parts.brings) await copy(deb, join(home, 'packages', deb.slice(deb.lastIndexOf('/') + 1)))
  }
  await layPapers(root, parts)
}

/** Copies the docs for operators and the alert rules as in the checkout. */
async function layDocs(papers: string, docs: string): Promise<void> {
  const names = (await readdir(docs, { recursive: true })).filter(name => /\.(md|yml|png)$/.test(name))
  for (const name of names) await copy(join(docs, name), join(papers, name))
}

/** Writes the files that Debian requires in each package: authors, changes and licences. */
async function layPapers(
  root: string,
  { project, program, bundle, native, runtime, version, epoch }: TreeParts,
): Promise<void> {
  const papers = join(root, `usr/share/doc/saltern-${program}`)
  const node = await describePackage(runtime.folder)
  const beside = await Promise.all(native.map(({ folder }) => describePackage(folder)))
  const all = [...bundle.packages, ...beside, { ...node, name: 'node', license: 'MIT and others' }]
  await put(join(papers, 'copyright'), copyright(all))
  await put(join(papers, 'third-party.gz'), packed(Buffer.from(all.map(licenceText).join('\n'))))
  const { author } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { readonly author: string }
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')
  const change = `saltern (${version}) bookworm; urgency=medium\n\n  * See the log of the project.\n\n -- ${author}  ${date}\n`
  await put(join(papers, 'changelog.gz'), packed(Buffer.from(change)))
}

function copyright(packages: readonly Bundled[]): string {
  const list = packages.map(({ name, version, license }) => `  ${name} ${version}: ${license}`).join('\n')
  return `Saltern is licensed under the Apache License, Version 2.0.
On Debian systems it is in /usr/share/common-licenses/Apache-2.0.

Copyright 2026 the authors of Saltern.

The package contains the following software of others. Their licences are in third-party.gz beside this file.

${list}
`
}

function licenceText({ name, version, license, source, text }: Bundled): string {
  const origin = source === undefined ? '' : `Source: ${source}\n\n`
  return `==== ${name} ${version} (${license})\n\n${origin}${text ?? 'It brings no text of its licence. Debian has the common ones in /usr/share/common-licenses.\n'}`
}

/** Compresses without name and time, so that the same text gives the same bytes. */
function packed(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 9 })
}

async function put(path: string, data: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, data)
  await chmod(path, mode)
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await cp(from, to, { recursive: true })
}
