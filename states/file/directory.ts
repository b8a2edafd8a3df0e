import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, fileMode, flag, listOf, word } from '../kinds.ts'
import { lacksParent, pathTaken, planOwnerAndMode } from '../lib/file-plan.ts'
import { accountName } from '../name-kinds.ts'
import { optional, withDefault } from '../params.ts'
import type { FileStatus } from '../system.ts'

interface Current {
  readonly status: FileStatus | undefined
  readonly parentMissing: boolean
  /** Its entries; read only if `only` is given. */
  readonly names: readonly string[]
}

export const fileDirectory = defineState({
  name: 'file.directory',
  summary: 'Creates a directory and sets its owner and mode. Its content is not changed unless `only` is set.',
  nameKind: absolutePath(),
  params: {
    mode: withDefault(fileMode(), '0755', 'Permissions.'),
    user: withDefault(accountName('user'), 'root', 'Owner.'),
    group: withDefault(accountName('group'), 'root', 'Group.'),
    makedirs: withDefault(flag(), false, 'Create missing parent directories, with mode 0755 and the same owner.'),
    only: optional(
      listOf(word('a name without `/`', /^(?!\.{1,2}$)[^/\0\n]+$/)),
      'Names that are allowed in the directory; everything else is removed, directories with everything in them.',
    ),
    force: withDefault(flag(), false, 'Replace an existing file or symbolic link at the path.'),
  },
  owns: ({ name }) => `file:${name}`,
  async read(system, { name, makedirs, only }): Promise<Current> {
    const status = await system.stat(name)
    const names = only === undefined || status?.kind !== 'directory' ? [] : ((await system.list(name)) ?? [])
    const parentMissing = makedirs && status === undefined && (await lacksParent(system, name))
    return { status, parentMissing, names }
  },
  plan({ name, mode, user, group, force, only = [] }, { status, parentMissing, names }) {
    if (status?.kind === 'directory') {
      const strangers = names.filter(entry => !only.includes(entry))
      return [
        ...planOwnerAndMode(name, status, { user, group, mode }),
        ...strangers.map((entry): Action => ({ do: 'remove', path: `${name}/${entry}`, recursive: true })),
      ]
    }
    const make = { do: 'make-directory', path: name, mode, parents: parentMissing, owner: user, group } as const
    if (status === undefined) return [make]
    if (!force) throw pathTaken(name, 'a directory', status)
    return [{ do: 'remove', path: name, recursive: false }, make]
  },
})
