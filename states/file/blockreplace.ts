import { defineState } from '../define.ts'
import { absolutePath, fileMode, plainContent, word } from '../kinds.ts'
import { blockIn, withBlock } from '../lib/block.ts'
import { pathTaken } from '../lib/file-plan.ts'
import { accountName } from '../name-kinds.ts'
import { required, withDefault } from '../params.ts'

export const fileBlockreplace = defineState({
  name: 'file.blockreplace',
  summary:
    'Manages the lines between two markers in a file. Other lines are not changed; if the block does not exist, it is added at the end.',
  nameKind: absolutePath(),
  params: {
    contents: required(
      plainContent(),
      'Lines between the markers; an empty text removes the block. Use `source: PATH` instead to take a file of the role.',
    ),
    marker_start: withDefault(word('one line', /^\S[^\n]*$/), '# Saltern: from here', 'First line of the block.'),
    marker_end: withDefault(word('one line', /^\S[^\n]*$/), '# Saltern: to here', 'Last line of the block.'),
    mode: withDefault(fileMode(), '0644', 'Permissions of the file, if this state creates it.'),
    user: withDefault(accountName('user'), 'root', 'Owner of the file, if this state creates it.'),
    group: withDefault(accountName('group'), 'root', 'Group of the file, if this state creates it.'),
  },
  checksCandidate: true,
  owns: ({ name, marker_start: marker }) => `file-block:${name}:${marker}`,
  opposite: ({ name, marker_start, marker_end }) => {
    return { type: 'file.blockreplace', params: { name, contents: '', marker_start, marker_end } }
  },
  async read(system, { name, contents }) {
    const status = await system.stat(name)
    const text = status?.kind === 'file' ? ((await system.readText(name)) ?? '') : ''
    return { status, text, wanted: await system.plainText(contents) }
  },
  plan({ name, marker_start: start, marker_end: end, mode, user, group }, { status, text, wanted }) {
    if (status !== undefined && status.kind !== 'file') throw pathTaken(name, 'a file with a block of its own', status)
    const block = wanted === '' || wanted.endsWith('\n') ? wanted : `${wanted}\n`
    const now = blockIn(text, { start, end })
    if (block === '' && now === undefined) return []
    const content = withBlock(text, { start, end }, block === '' ? undefined : block)
    // Rewriting the existing block gives the same text: differences in line ends or a missing final newline do not count.
    if (now !== undefined && content === withBlock(text, { start, end }, now)) return []
    const made = status === undefined ? { mode, owner: user, group } : { mode: status.mode }
    return [{ do: 'write-file', path: name, content, showDiff: true, ...made }]
  },
})
