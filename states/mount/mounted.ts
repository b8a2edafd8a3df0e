import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { pathTaken } from '../file-plan.ts'
import { type FstabEntry, fstabEntry, withFstabEntry } from '../fstab.ts'
import { absolutePath, flag, integer, listOf, word } from '../kinds.ts'
import { liveMount, sourceOf } from '../mounts.ts'
import { required, withDefault } from '../params.ts'

const FSTAB = '/etc/fstab'

export const mountMounted = defineState({
  name: 'mount.mounted',
  summary: 'A filesystem that is mounted now and after a reboot.',
  nameKind: absolutePath(),
  params: {
    device: required(
      word('a device, `UUID=...`, `LABEL=...`, or what the kind of filesystem takes', /^\S+$/),
      'What is mounted; for a bind mount the directory.',
    ),
    fstype: required(
      word('a kind of filesystem, such as `ext4`', /^[a-z0-9._-]+$/),
      'Its kind; `none` for a bind mount.',
    ),
    opts: withDefault(listOf(word('an option', /^[^\s,]+$/)), ['defaults'], 'Options, as mount(8) names them.'),
    dump: withDefault(integer(0, 1), 0, 'Whether dump(8) backs it up.'),
    pass_num: withDefault(integer(0, 9), 0, 'When fsck(8) looks at it at boot; 0: never.'),
    mkmnt: withDefault(flag(), true, 'Make the directory when it is missing, with all that is missing above it.'),
  },
  owns: ({ name }) => `mount:${name}`,
  async read(system, { name, device }) {
    const status = await system.stat(name)
    return {
      status,
      table: (await system.readText(FSTAB)) ?? '',
      live: await liveMount(system, name),
      source: await sourceOf(system, device),
    }
  },
  plan({ name, device, fstype, opts, dump, pass_num: pass, mkmnt }, { status, table, live, source }) {
    const wanted: FstabEntry = { device, path: name, fstype, options: opts.join(','), dump, pass }
    if (status !== undefined && status.kind !== 'directory') throw pathTaken(name, 'a mount point', status)
    const isBind = opts.includes('bind') || opts.includes('rbind')
    if (live !== undefined && !isBind && live.source !== source) throw mountTaken(name, device, live.source)
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
    else if (now !== undefined && now.options !== wanted.options) {
      actions.push({ do: 'run', summary: `mount ${name} with other options`, argv: ['mount', '-o', 'remount', name] })
    }
    return actions
  },
})

function mountTaken(path: string, wanted: string, found: string): AppError {
  return new AppError({
    code: 'MOUNT_TAKEN',
    message: `\`${wanted}\` shall be mounted at \`${path}\`, but \`${found}\` is`,
    hint: `Look what uses it (\`fuser -vm ${path}\`), then \`umount ${path}\` and apply again.`,
  })
}
