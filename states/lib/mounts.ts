import { posix } from 'node:path'
import type { SystemReader } from '../system.ts'

/** What is mounted exactly at a path, not only above it; the topmost one if there are several. */
export interface LiveMount {
  /** The device, without the directory of a bind mount or the subvolume of btrfs. */
  readonly source: string
  /** The mounted directory of the filesystem: `/` for a whole one, `/@home` for a subvolume. */
  readonly root: string
  /** The kernel's device numbers of the filesystem, such as `254:0`. */
  readonly numbers: string
  /** Options in effect. */
  readonly options: readonly string[]
}

export async function liveMount(system: SystemReader, path: string): Promise<LiveMount | undefined> {
  const found = await findmnt(system, ['--mountpoint', path])
  if (found === undefined) return undefined
  const { source, fsroot: root, 'maj:min': numbers, options } = found
  return source === '' ? undefined : { source, root, numbers, options: options.split(',') }
}

/** The filesystem of a directory, and its path in it, as a bind mount of it would show them. */
export async function placeOf(system: SystemReader, directory: string): Promise<Pick<LiveMount, 'numbers' | 'root'>> {
  const { stdout } = await system.query(['readlink', '-m', '--', directory])
  const real = stdout.trim() === '' ? directory : stdout.trim()
  const { target = '/', fsroot = '/', 'maj:min': numbers = '' } = (await findmnt(system, ['--target', real])) ?? {}
  return { numbers, root: posix.join(fsroot, posix.relative(target, real)) }
}

interface Row {
  readonly source: string
  readonly target: string
  readonly fsroot: string
  readonly 'maj:min': string
  readonly options: string
}

/** Uses JSON because the other formats escape white space inconsistently. */
async function findmnt(system: SystemReader, where: readonly string[]): Promise<Row | undefined> {
  const columns = ['--output', 'SOURCE,TARGET,FSROOT,MAJ:MIN,OPTIONS']
  const { exitCode, stdout } = await system.query(['findmnt', '--json', '--nofsroot', ...columns, ...where])
  if (exitCode !== 0 || stdout.trim() === '') return undefined
  const { filesystems } = JSON.parse(stdout) as { readonly filesystems: readonly Partial<Row>[] }
  const row = filesystems.at(-1)
  if (row === undefined) return undefined
  const { source, target, fsroot, options } = row
  return {
    source: source ?? '',
    target: target ?? '/',
    fsroot: fsroot ?? '/',
    'maj:min': row['maj:min']?.trim() ?? '',
    options: options ?? '',
  }
}

/** The device behind `UUID=...` and the like, or behind a link such as those in /dev/disk; otherwise the text itself. */
async function sourceOf(system: SystemReader, device: string): Promise<string> {
  if (/^(UUID|LABEL|PARTUUID|PARTLABEL)=/.test(device)) {
    const found = await system.query(['findfs', device])
    return found.exitCode === 0 ? found.stdout.trim() : device
  }
  if (!device.startsWith('/dev/')) return device
  const { exitCode, stdout } = await system.query(['readlink', '-f', '--', device])
  return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : device
}

/** True when both name the same device: `/dev/mapper/vg-data` is a link to `/dev/dm-0`, and the kernel reports either. */
export async function isSameDevice(system: SystemReader, wanted: string, live: string): Promise<boolean> {
  if (wanted === live) return true
  return (await sourceOf(system, wanted)) === (await sourceOf(system, live))
}
