import type { KeyRow } from '../../verbs/keys.ts'
import { fold } from './fold.ts'
import { type Style, safe } from './style.ts'
import { type Cell, renderTable, type Table, type TableWish, timeColumn } from './table.ts'
import { moment } from './time.ts'

export const KEYS: Table<KeyRow> = [
  { name: 'minion', cell: ({ minion }, { colours }) => ({ text: minion, paint: colours.bold }) },
  { name: 'key', cell: keyCell },
  // To be compared and copied, so it is never broken.
  { name: 'fingerprint', cell: ({ fingerprint }) => fingerprint },
  timeColumn('since', ({ decidedAt, firstSeenAt }) => decidedAt ?? firstSeenAt, { rank: 1 }),
  { name: 'by', rank: 2, cell: ({ by, address }) => by ?? address ?? '-' },
]

/** One row for each key; below, in full, what is wrong with one. Pure. */
export function renderKeys(keys: readonly KeyRow[], style: Style, wish?: TableWish): string {
  const { red } = style.colours
  const notes = keys.flatMap(({ minion, fingerprint, cloneAlarmAt, acceptedKey }) => {
    if (cloneAlarmAt === undefined && acceptedKey === undefined) return []
    const why =
      cloneAlarmAt === undefined
        ? `id taken: ${safe(acceptedKey ?? '')} is accepted`
        : `used by two hosts at ${moment(cloneAlarmAt)} UTC`
    const text = `${safe(minion)} ${safe(fingerprint)}: ${why}`
    return fold([{ text: 'note', paint: red }, { text }], style, { hang: 6 })
  })
  return (renderTable(KEYS, keys, style, wish) || 'no keys yet\n') + notes.map(line => `${line}\n`).join('')
}

function keyCell({ state }: KeyRow, { colours }: Style): Cell {
  const paint = { pending: colours.yellow, accepted: colours.green, rejected: colours.red, revoked: colours.red }
  return { text: state, paint: paint[state] }
}
