import { createHash } from 'node:crypto'
import { chmod, cp, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import type { Architecture } from './native.ts'
import { homeOf } from './tree.ts'
import type { Stamp } from './version.ts'

/** `small` is what ships; `quick` takes a tenth of the time, and Debian 12 installs it as well. */
const COMPRESSION = { small: ['-Zxz', '-z6'], quick: ['-Zzstd', '-z3'] } as const
export type Compression = keyof typeof COMPRESSION
const SCRIPTS = ['postinst', 'prerm', 'postrm']

export interface DebParts extends Stamp {
  readonly project: string
  readonly program: 'master' | 'minion'
  readonly arch: Architecture
  readonly compression: Compression
  /** The tree to install; `DEBIAN` is added here. */
  readonly root: string
  /** Path of the package, which appears complete or not at all. */
  readonly out: string
}

const ABOUT = {
  master: {
    // git provides the revision of the fleet, ssh is for `master bootstrap`.
    relations: ['Recommends: git, openssh-client'],
    summary: 'keeps a fleet of virtual machines in the state that its roles ask for',
    text: [
      'The master of Saltern: it holds roles and sealed pillar secrets, compiles',
      'the desired state of each virtual machine, and keeps the history of all jobs.',
    ],
  },
  minion: {
    relations: [],
    summary: 'agent of Saltern on a virtual machine',
    text: [
      'The minion of Saltern: it keeps one authenticated connection open to its',
      'master, applies what the master compiled for it, and reports back.',
    ],
  },
} as const

export function debName(program: string, version: string, arch: Architecture): string {
  return `saltern-${program}_${version}_${arch}.deb`
}

/** Makes a Debian package of a tree, reproducibly: the same tree gives the same bytes. Returns its path. */
export async function makeDeb(parts: DebParts): Promise<string> {
  const { project, program, root, out, arch, version, epoch } = parts
  const files = await evenModes(root, homeOf(program))
  const control = join(root, 'DEBIAN')
  await mkdir(control, { mode: 0o755 })
  await writeFile(join(control, 'control'), await controlOf(parts, files))
  const sums = await Promise.all(files.map(async file => `${md5(await readFile(join(root, file)))}  ${file}\n`))
  await writeFile(join(control, 'md5sums'), sums.join(''))
  const settings = files.filter(file => file.startsWith('etc/')).map(file => `/${file}\n`)
  if (settings.length > 0) await writeFile(join(control, 'conffiles'), settings.join(''))
  for (const name of SCRIPTS) await cp(join(project, 'packaging', `saltern-${program}`, name), join(control, name))
  await evenModes(control, '', SCRIPTS)
  const target = join(out, debName(program, version, arch))
  await mkdir(dirname(target), { recursive: true })
  await execa('dpkg-deb', ['--root-owner-group', ...COMPRESSION[parts.compression], '--build', root, target], {
    env: { SOURCE_DATE_EPOCH: String(epoch) },
  })
  await rm(root, { recursive: true })
  return target
}

async function controlOf(
  { project, program, root, arch, version }: DebParts,
  files: readonly string[],
): Promise<string> {
  const { author } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { readonly author: string }
  const sizes = await Promise.all(files.map(async file => (await lstat(join(root, file))).size))
  const { relations, summary, text } = ABOUT[program]
  return [
    `Package: saltern-${program}`,
    `Version: ${version}`,
    `Architecture: ${arch}`,
    `Maintainer: ${author}`,
    `Installed-Size: ${Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024)}`,
    // Libraries that the runtime is linked to.
    'Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 12), ca-certificates',
    ...relations,
    'Section: admin',
    'Priority: optional',
    `Description: ${summary}`,
    ...text.map(line => ` ${line}`),
    ' .',
    ' It brings its own Node runtime.',
    '',
  ].join('\n')
}

/** Sets the modes that Debian requires, regardless of the umask; returns the files below, in order. */
async function evenModes(root: string, home: string, programs: readonly string[] = []): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files: string[] = []
  await chmod(root, 0o755)
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const relative = path.slice(root.length + 1)
    const runs = relative.startsWith('usr/bin/') || relative === `${home}/bin/node` || programs.includes(relative)
    await chmod(path, entry.isDirectory() || runs ? 0o755 : 0o644)
    if (entry.isFile()) files.push(relative)
  }
  return files.sort()
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}
