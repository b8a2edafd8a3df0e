import { defineState } from '../define.ts'
import { absolutePath, fileContent, fileMode, flag } from '../kinds.ts'
import { type FileLook, lacksParent, lookAtFile, makeParent, planFile } from '../lib/file-plan.ts'
import { accountName } from '../name-kinds.ts'
import { required, withDefault } from '../params.ts'

interface Current extends FileLook {
  readonly parentMissing: boolean
}

export const fileManaged = defineState({
  name: 'file.managed',
  summary: 'Manages the content, owner and mode of a regular file.',
  nameKind: absolutePath(),
  params: {
    contents: required(fileContent(), 'Content of the file. Use `source: PATH` instead to take a file of the role.'),
    mode: withDefault(fileMode(), '0644', 'Permissions.'),
    user: withDefault(accountName('user'), 'root', 'Owner.'),
    group: withDefault(accountName('group'), 'root', 'Group.'),
    replace: withDefault(flag(), true, 'Overwrite the content of an existing file; `false` keeps it.'),
    makedirs: withDefault(flag(), false, 'Create missing parent directories, with mode 0755 and the same owner.'),
    show_diff: withDefault(flag(), true, 'Show a diff of changes, with `***` in place of secrets.'),
  },
  checksCandidate: true,
  owns: ({ name }) => `file:${name}`,
  opposite: ({ name }) => ({ type: 'file.absent', params: { name } }),
  async read(system, { name, contents, replace, makedirs }): Promise<Current> {
    const { status, same } = await lookAtFile(system, name, contents)
    const look = { status, same: same || (!replace && status?.kind === 'file') }
    const parentMissing = makedirs && status === undefined && (await lacksParent(system, name))
    return { ...look, parentMissing }
  },
  plan({ name, contents, mode, user, group, show_diff }, current) {
    const wanted = { path: name, content: contents, mode, user, group, showDiff: show_diff, isWhole: true }
    const actions = planFile(wanted, current)
    return current.parentMissing ? [makeParent(name, { user, group }), ...actions] : actions
  },
})
