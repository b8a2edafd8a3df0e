import { join } from 'node:path'
import { execa } from 'execa'
import { type Architecture, NODE_ARCH } from './native.ts'

/** The Node that ships in both packages. */
export interface Runtime {
  /** Directory of the registry's Node package. */
  readonly folder: string
  /** Its program without the symbols of its own functions, which are a seventh of it and needed only by a debugger. */
  readonly program: string
}

/** GNU's names of processors. */
const GNU: { readonly [arch in Architecture]: string } = { amd64: 'x86_64', arm64: 'aarch64' }

/** Obtains the registry's Node for a processor, verified byte for byte, and strips a copy of it into `work`. */
export async function runtimeFor(project: string, arch: Architecture, work: string): Promise<Runtime> {
  const { stdout } = await execa(join(project, 'scripts/node24'), ['--package', NODE_ARCH[arch]], { stderr: 'inherit' })
  const folder = stdout.trim()
  const program = join(work, 'node')
  await execa(stripper(arch), ['--strip-unneeded', '-o', program, join(folder, 'bin/node')]).catch((cause: Error) => {
    throw new Error(
      `strip failed for ${arch}; it is in \`binutils\`, and for another processor in \`binutils-${GNU[arch].replace('_', '-')}-linux-gnu\``,
      { cause },
    )
  })
  return { folder, program }
}

/** The `strip` for a processor, from Debian's binutils. Pure. */
function stripper(arch: Architecture): string {
  return NODE_ARCH[arch] === process.arch ? 'strip' : `${GNU[arch]}-linux-gnu-strip`
}
