import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { bundle } from './bundle.ts'
import { type Compression, makeDeb } from './deb.ts'
import { type Architecture, picturePackage, ptyPackages, sqlitePackage } from './native.ts'
import { publish, type SigningKey } from './publish.ts'
import { runtimeFor } from './runtime.ts'
import { layTree } from './tree.ts'
import type { Stamp } from './version.ts'
import { createWorkDirectory } from './work-directory.ts'

/** Paths of the two packages. */
export interface Packages {
  readonly master: string
  readonly minion: string
}

export interface Built extends Packages {
  /** Fingerprint of the signing key; undefined when nothing is signed. */
  readonly signedBy: string | undefined
}

export interface BuildWish extends Stamp {
  /** Output directory. */
  readonly out: string
  readonly arch: Architecture
  readonly compression: Compression
  readonly key: SigningKey | undefined
}

/**
 * Builds both packages, and signs them if there is a key. The master's package contains the minion's, so that `master
 * bootstrap` needs nothing else. They are built in a hidden directory, so `out` never has an incomplete package; leftovers of
 * killed builds are removed.
 */
export async function buildPackages(
  project: string,
  { out, arch, compression, key, ...stamp }: BuildWish,
): Promise<Built> {
  const work = await createWorkDirectory(out)
  try {
    const shared = { ...stamp, project, runtime: await runtimeFor(project, arch, work) }
    const lay = async (program: 'master' | 'minion', brings: readonly string[]): Promise<string> => {
      const root = join(work, program)
      const native =
        program === 'master'
          ? [sqlitePackage(project, arch), picturePackage(project)]
          : await ptyPackages(project, arch)
      await layTree(root, { ...shared, program, native, brings, bundle: await bundle(project, program) })
      return makeDeb({ ...shared, program, arch, compression, root, out: join(work, 'debs') })
    }
    const minion = await lay('minion', [])
    const master = await lay('master', [minion])
    const signedBy = await publish({ debs: [minion, master], work, out, key, at: new Date(stamp.epoch * 1000) })
    const placed = (path: string): string => join(out, basename(path))
    return { minion: placed(minion), master: placed(master), signedBy }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
