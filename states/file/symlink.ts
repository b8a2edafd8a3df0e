import { defineState } from '../define.ts'
import { absolutePath, flag, word } from '../kinds.ts'
import { lacksParent, makeParent, pathTaken } from '../lib/file-plan.ts'
import { required, withDefault } from '../params.ts'
import type { FileStatus } from '../system.ts'

interface Current {
  readonly status: FileStatus | undefined
  readonly parentMissing: boolean
}

export const fileSymlink = defineState({
  name: 'file.symlink',
  summary: 'Creates a symbolic link.',
  nameKind: absolutePath(),
  params: {
    target: required(
      word('a path', /^[^\0\n]+$/),
      'Target of the link, as readlink(1) shows it. It does not have to exist.',
    ),
    force: withDefault(flag(), false, 'Replace whatever is at the path; a directory is removed with everything in it.'),
    makedirs: withDefault(flag(), false, 'Create missing parent directories, with mode 0755.'),
  },
  owns: ({ name }) => `file:${name}`,
  opposite: ({ name }) => ({ type: 'file.absent', params: { name } }),
  async read(system, { name, makedirs }): Promise<Current> {
    const status = await system.stat(name)
    return { status, parentMissing: makedirs && status === undefined && (await lacksParent(system, name)) }
  },
  plan({ name, target, force }, { status, parentMissing }) {
    const link = { do: 'link', path: name, target } as const
    if (status === undefined) return parentMissing ? [makeParent(name, {}), link] : [link]
    if (status.kind === 'symlink') return status.target === target ? [] : [link]
    if (!force) {
      const hint = 'Move it away, or write `force: true` to delete it.'
      throw pathTaken(name, `a symbolic link to \`${target}\``, status, hint)
    }
    return [{ do: 'remove', path: name, recursive: status.kind === 'directory' }, link]
  },
})
