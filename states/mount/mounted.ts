import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, flag, integer, listOf, word } from '../kinds.ts'
import { pathTaken } from '../lib/file-plan.ts'
import { type FstabEntry, fstabEntry, withFstabEntry } from '../lib/fstab.ts'
import { isSameDevice, type LiveMount, liveMount, placeOf } from '../lib/mounts.ts'
import { required, withDefault } from '../params.ts'
import type { SystemReader } from '../system.ts'

const FSTAB = '/etc/fstab'

export const mountMounted = defineState({
  name: 'mount.mounted',
  summary: 'Mounts a filesystem and adds it to /etc/fstab.',
  nameKind: absolutePath(),
  params: {
    device: required(
      word('a device, `UUID=...`, `LABEL=...`, or what the kind of filesystem takes', /^[^\s](?:[^\t\n]*\S)?$/),
      'Device to mount; for a bind mount, the directory.',
    ),
    fstype: required(
      word('a kind of filesystem, such as `ext4`', /^[a-z0-9._-]+$/),
      'Filesystem type; `none` for a bind mount.',
    ),
    opts: withDefault(listOf(word('an option', /^[^\s,]+$/)), ['defaults'], 'Mount options, see mount(8).'),
    dump: withDefault(integer(0, 1), 0, 'The dump field of fstab(5): whether dump(8) backs it up.'),
    pass_num: withDefault(
      integer(0, 9),
      0,
      'The pass number of fstab(5): order in which fsck(8) checks it at boot; 0 means never.',
    ),
    mkmnt: withDefault(flag(), true, 'Create the mount point and missing parent directories.'),
  },
  owns: ({ name }) => `mount:${name}`,
  async read(system, { name, device, opts }) {
    const status = await system.stat(name)
    const live = await liveMount(system, name)
    const table = (await system.readText(FSTAB)) ?? ''
    return { status, table, live, wrong: live && (await otherThing(system, { device, opts }, live)) }
  },
  plan({ name, device, fstype, opts, dump, pass_num: pass, mkmnt }, { status, table, live, wrong }) {
    const wanted: FstabEntry = { device, path: name, fstype, options: opts.join(','), dump, pass }
    if (status !== undefined && status.kind !== 'directory') throw pathTaken(name, 'a mount point', status)
    if (wrong !== undefined) throw mountTaken(name, device, wrong)
    const actions: Action[] = []
    if (status === undefined && mkmnt) actions.push({ do: 'make-directory', path: name, mode: '0755', parents: true })
    const now = fstabEntry(table, name)
    if (now === undefined || JSON.stringify(now) !== JSON.stringify(wanted)) {
      const content = withFstabEntry(table, name, wanted)
      const ownership = { owner: 'root', group: 'root' }
      actions.push({ do: 'write-file', path: FSTAB, content, mode: '0644', showDiff: true, ...ownership })
      actions.push({ do: 'daemon-reload' })
    }
    if (live === undefined) actions.push({ do: 'run', summary: `mount ${name}`, argv: ['mount', name] })
    else if ((now !== undefined && now.options !== wanted.options) || !inForce(opts, live.options)) {
      // Without `bind`, the options would apply to the whole filesystem wherever it is mounted.
      const how = isBind(opts)
        ? ['-o', ['remount', 'bind', ...opts.filter(word => FLAGS.has(word))].join(','), name]
        : ['-o', 'remount', name]
      actions.push({ do: 'run', summary: `mount ${name} with other options`, argv: ['mount', ...how] })
    }
    return actions
  },
})

/**
 * Options that the kernel reports literally; flags that are off are not reported. `rw` is not requested again: the kernel makes
 * a filesystem with errors read-only, and the next apply must not make it writable.
 */
const FLAGS = new Map([
  ['ro', 'rw'],
  ['nosuid', 'suid'],
  ['nodev', 'dev'],
  ['noexec', 'exec'],
])

function inForce(wanted: readonly string[], live: readonly string[]): boolean {
  return [...FLAGS].every(([off, on]) =>
    wanted.includes(off) ? live.includes(off) : on === 'rw' || !wanted.includes(on) || !live.includes(off),
  )
}

function isBind(opts: readonly string[]): boolean {
  return opts.includes('bind') || opts.includes('rbind')
}

/** Describes what is mounted instead of the wanted device; undefined when it is the right one. */
async function otherThing(
  system: SystemReader,
  { device, opts }: { readonly device: string; readonly opts: readonly string[] },
  live: LiveMount,
): Promise<string | undefined> {
  const found = live.root === '/' ? live.source : `${live.source}[${live.root}]`
  if (isBind(opts)) {
    const { numbers, root } = await placeOf(system, device)
    return numbers === live.numbers && root === live.root ? undefined : found
  }
  if (!(await isSameDevice(system, device, live.source))) return found
  const subvolume = opts.find(word => word.startsWith('subvol='))?.slice('subvol='.length)
  if (subvolume !== undefined) return `/${subvolume.replace(/^\//, '')}` === live.root ? undefined : found
  // A bind mount of a directory on the same disk is something else. Network filesystems report no root.
  const isPart = live.root !== '/' && live.source.startsWith('/dev/')
  return isPart && !opts.some(word => word.startsWith('subvolid=')) ? found : undefined
}

function mountTaken(path: string, wanted: string, found: string): AppError {
  return new AppError({
    code: 'MOUNT_TAKEN',
    message: `\`${wanted}\` must be mounted at \`${path}\`, but \`${found}\` is mounted there`,
    hint: `Find out what uses it (\`fuser -vm ${path}\`), then \`umount ${path}\` and apply again.`,
  })
}
