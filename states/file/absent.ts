import { defineState } from '../define.ts'
import { absolutePath } from '../kinds.ts'

/** Paths that a host cannot live without; guards against a name built from an empty value. */
const VITAL = '/ /bin /boot /dev /etc /home /lib /lib64 /opt /proc /root /run /sbin /srv /sys /tmp /usr /var'.split(' ')

export const fileAbsent = defineState({
  name: 'file.absent',
  summary: 'Removes the file, symbolic link or directory at a path; a directory is removed with everything in it.',
  absence: true,
  nameKind: absolutePath(),
  params: {},
  owns: ({ name }) => `file:${name}`,
  conflicts: ({ name }) => (VITAL.includes(name) ? [`\`${name}\` belongs to every host and is never removed`] : []),
  read: (system, { name }) => system.stat(name),
  plan: ({ name }, status) =>
    status === undefined ? [] : [{ do: 'remove', path: name, recursive: status.kind === 'directory' }],
})
