import { defineState } from '../define.ts'
import { lacksParent, pathTaken, planOwnerAndMode } from '../file-plan.ts'
import { absolutePath, fileMode, flag } from '../kinds.ts'
import { accountName } from '../name-kinds.ts'
import { withDefault } from '../params.ts'
import type { FileStatus } from '../system.ts'

interface Current {
  readonly status: FileStatus | undefined
  readonly parentMissing: boolean
}

export const fileDirectory = defineState({
  name: 'file.directory',
  summary: 'A directory with this owner and mode; what lies in it is left alone.',
  nameKind: absolutePath(),
  params: {
    mode: withDefault(fileMode(), '0755', 'Permissions.'),
    user: withDefault(accountName('user'), 'root', 'Owner.'),
    group: withDefault(accountName('group'), 'root', 'Group.'),
    makedirs: withDefault(flag(), false, 'Make the missing directories above it, with mode 0755 and the same owner.'),
    force: withDefault(flag(), false, 'Remove a file or symbolic link that is in the way.'),
  },
  owns: ({ name }) => `file:${name}`,
  async read(system, { name, makedirs }): Promise<Current> {
    const status = await system.stat(name)
    return { status, parentMissing: makedirs && status === undefined && (await lacksParent(system, name)) }
  },
  plan({ name, mode, user, group, force }, { status, parentMissing }) {
    if (status?.kind === 'directory') return planOwnerAndMode(name, status, { user, group, mode })
    const make = { do: 'make-directory', path: name, mode, parents: parentMissing, owner: user, group } as const
    if (status === undefined) return [make]
    if (!force) throw pathTaken(name, 'a directory', status)
    return [{ do: 'remove', path: name, recursive: false }, make]
  },
})
