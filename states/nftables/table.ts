import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, plainContent } from '../kinds.ts'
import { lacksParent, lookAtFile, makeParent, planFile } from '../lib/file-plan.ts'
import {
  assertWanted,
  liveTable,
  type TableLook,
  tableFile,
  tableName,
  wantedTable,
  withoutOldTable,
} from '../lib/nftables.ts'
import { optional, required } from '../params.ts'

interface Current extends TableLook {
  readonly file: Awaited<ReturnType<typeof lookAtFile>>
  readonly parentMissing: boolean
}

export const nftablesTable = defineState({
  name: 'nftables.table',
  summary: 'Loads an nftables table exactly as written, and writes the file that loads it at boot.',
  nameKind: tableName(),
  params: {
    contents: required(
      plainContent(),
      'Table in the syntax of nft(8). Use `source: PATH` instead to take a file of the role.',
    ),
    config: optional(
      absolutePath(),
      'Path of the file (`/etc/nftables.d/FAMILY-NAME.nft` if omitted). Another state must make the host load it at boot.',
    ),
  },
  owns: ({ name }) => `nftables:${name}`,
  confirm: 60,
  opposite: ({ name, config }) => ({ type: 'nftables.absent', params: { name, config: tableFile(name, config) } }),
  async read(system, { name, contents, config }): Promise<Current> {
    const path = tableFile(name, config)
    const text = withoutOldTable(name, await system.plainText(contents))
    const live = await liveTable(system, name)
    const wanted = await wantedTable(system, name, text)
    const file = await lookAtFile(system, path, text)
    return { text, live, wanted, file, parentMissing: await lacksParent(system, path) }
  },
  plan({ name, config }, current) {
    const { text, live, wanted, file, parentMissing } = current
    const path = tableFile(name, config)
    assertWanted(name, wanted)
    const actions: Action[] = []
    // Change the kernel first: rules that it refuses must not be loaded at the next boot.
    if (live?.rules !== wanted.rules) actions.push(load(`load the table ${name}`, text))
    if (parentMissing) actions.push(makeParent(path, { user: 'root', group: 'root' }))
    const wantedFile = { path, content: text, mode: '0644', user: 'root', group: 'root', showDiff: true }
    return [...actions, ...planFile(wantedFile, file)]
  },
  revert({ name }, { live }) {
    const text = live === undefined ? withoutOldTable(name, '') : withoutOldTable(name, live.listing)
    return [load(`restore the table ${name}`, text)]
  },
})

function load(summary: string, stdin: string): Action {
  return { do: 'run', summary, argv: ['nft', '-f', '-'], stdin }
}
