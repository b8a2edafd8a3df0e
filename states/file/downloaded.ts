import type { Sha256 } from '../../protocol/ids.ts'
import { defineState } from '../define.ts'
import { absolutePath, fileMode, flag, word } from '../kinds.ts'
import { lacksParent, makeParent, pathTaken, planOwnerAndMode } from '../lib/file-plan.ts'
import { accountName } from '../name-kinds.ts'
import { required, withDefault } from '../params.ts'

export const fileDownloaded = defineState({
  name: 'file.downloaded',
  summary: 'Downloads a file over HTTP and verifies its SHA-256. Any other content is refused.',
  nameKind: absolutePath(),
  params: {
    url: required(
      word('an `http:` or `https:` URL without a user and password', /^https?:\/\/[^\s/@]+(\/\S*)?$/),
      'URL of the file. It is downloaded if the file is missing or has another hash.',
    ),
    sha256: required(word('64 hexadecimal digits', /^[0-9a-f]{64}$/), 'SHA-256 of the content.'),
    mode: withDefault(fileMode(), '0644', 'Permissions.'),
    user: withDefault(accountName('user'), 'root', 'Owner.'),
    group: withDefault(accountName('group'), 'root', 'Group.'),
    makedirs: withDefault(flag(), false, 'Create missing parent directories, with mode 0755 and the same owner.'),
  },
  checksCandidate: true,
  owns: ({ name }) => `file:${name}`,
  opposite: ({ name }) => ({ type: 'file.absent', params: { name } }),
  async read(system, { name, makedirs }) {
    const status = await system.stat(name)
    const found = status?.kind === 'file' ? await system.sha256(name) : undefined
    return { status, found, parentMissing: makedirs && status === undefined && (await lacksParent(system, name)) }
  },
  plan({ name, url, sha256, mode, user, group }, { status, found, parentMissing }) {
    if (status !== undefined && status.kind !== 'file') throw pathTaken(name, 'a file', status)
    if (status !== undefined && found === sha256) return planOwnerAndMode(name, status, { user, group, mode })
    const fetch = { do: 'download', path: name, url, sha256: sha256 as Sha256, mode, owner: user, group } as const
    return parentMissing ? [makeParent(name, { user, group }), fetch] : [fetch]
  },
})
