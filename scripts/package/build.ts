import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { bundle } from './bundle.ts'
import { type Compression, makeDeb } from './deb.ts'
import { type Architecture, NODE_ARCH, ptyPackages, sqlitePackage } from './native.ts'
import { layTree } from './tree.ts'
import type { Stamp } from './version.ts'

/** Paths of the two packages. */
export interface Packages {
  readonly master: string
  readonly minion: string
}

export interface BuildWish extends Stamp {
  /** The directory that gets them. */
  readonly out: string
  readonly arch: Architecture
  readonly compression: Compression
}

/** Builds both packages. The master's brings the minion's, so that `master bootstrap` needs nothing else. */
export async function buildPackages(
  project: string,
  { out, arch, compression, ...stamp }: BuildWish,
): Promise<Packages> {
  const node = await runtimeOf(project, arch)
  await mkdir(out, { recursive: true })
  const work = await mkdtemp(join(out, '.building-'))
  try {
    const shared = { ...stamp, project, node }
    const lay = async (program: 'master' | 'minion', brings: readonly string[]): Promise<string> => {
      const root = join(work, program)
      const native = program === 'master' ? [sqlitePackage(project, arch)] : await ptyPackages(project, arch)
      await layTree(root, { ...shared, program, native, brings, bundle: await bundle(project, program) })
      return makeDeb({ ...shared, program, arch, compression, root, out })
    }
    const minion = await lay('minion', [])
    return { minion, master: await lay('master', [minion]) }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The registry's Node package for that processor, byte for byte the chosen one. */
async function runtimeOf(project: string, arch: Architecture): Promise<string> {
  const { stdout } = await execa(join(project, 'scripts/node24'), ['--package', NODE_ARCH[arch]], {
    stderr: 'inherit',
  })
  return stdout.trim()
}
