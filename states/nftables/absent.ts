import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath } from '../kinds.ts'
import { liveTable, tableFile, tableName, tableWords, withoutOldTable } from '../lib/nftables.ts'
import { optional } from '../params.ts'

export const nftablesAbsent = defineState({
  name: 'nftables.absent',
  summary: 'Removes an nftables table from the kernel and deletes its file.',
  absence: true,
  nameKind: tableName(),
  params: {
    config: optional(
      absolutePath(),
      'File that loads the table at boot (`/etc/nftables.d/FAMILY-NAME.nft` if omitted).',
    ),
  },
  owns: ({ name }) => `nftables:${name}`,
  confirm: 60,
  async read(system, { name, config }) {
    return { live: await liveTable(system, name), status: await system.stat(tableFile(name, config)) }
  },
  plan({ name, config }, { live, status }) {
    const [family, table] = tableWords(name)
    const actions: Action[] = []
    if (status !== undefined) actions.push({ do: 'remove', path: tableFile(name, config), recursive: false })
    if (live !== undefined) {
      actions.push({ do: 'run', summary: `delete the table ${name}`, argv: ['nft', 'delete', 'table', family, table] })
    }
    return actions
  },
  revert({ name }, { live }) {
    if (live === undefined) return []
    const stdin = withoutOldTable(name, live.listing)
    return [{ do: 'run', summary: `restore the table ${name}`, argv: ['nft', '-f', '-'], stdin }]
  },
})
