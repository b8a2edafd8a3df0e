import type { KeyRow } from '../../verbs/keys.ts'
import { fold } from './fold.ts'
import { byMinion } from './minion-names.ts'
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
  const warnings = keys.flatMap(key => {
    const text = warningOf(key)
    return text === undefined ? [] : fold([{ text: 'warning', paint: red }, { text }], style, { hang: 9 })
  })
  const lines = [...sumLines(keys, style), ...warnings]
  return (
    (renderTable(KEYS, keys.toSorted(byMinion), style, wish) || 'no keys yet\n') +
    lines.map(line => `${line}\n`).join('')
  )
}

function warningOf(key: KeyRow): string | undefined {
  if (key.cloneAlarmAt !== undefined) return usedTwice(key, key.cloneAlarmAt)
  if (key.acceptedKey === undefined) return undefined
  const { acceptedKey, address } = key
  const [id, asking] = [safe(key.minion), safe(key.fingerprint)]
  const from = address === undefined ? '' : ` from ${safe(address)}`
  return `another host${from} asks for the id ${id}, which is taken: if it replaced the host, \`master keys revoke ${id}\`, then \`master keys accept ${id}\`; otherwise \`master keys reject ${id}\`, which rejects only the pending key (${asking} asks, ${safe(acceptedKey)} is accepted)`
}

function usedTwice({ minion, fingerprint, cloneAddress, lastAdmitted }: KeyRow, alarmAt: string): string {
  const [id, key] = [safe(minion), safe(fingerprint)]
  const refused = cloneAddress === undefined ? undefined : safe(cloneAddress)
  const admitted = lastAdmitted === undefined ? undefined : safe(lastAdmitted.address)
  // Hosts behind one router have the same address.
  const isKnown = refused !== undefined && admitted !== undefined && refused !== admitted
  const hosts = isKnown
    ? `${admitted} (last online at ${moment(lastAdmitted?.at ?? '')} UTC) and ${refused} (refused at ${moment(alarmAt)} UTC)`
    : `one was refused at ${moment(alarmAt)} UTC${refused === undefined ? '' : ` from ${refused}`}; \`minion status\` shows this id and this fingerprint on both`
  return `two hosts use the key of ${id}, one is a copy of the other: ${hosts}. Type \`apt-get purge saltern-minion\` on the copy, then \`master keys accept ${id}\` here, which ends this warning (${key})`
}

/** Says below a table on a terminal how many keys are in which state, and what to do with pending ones. */
function sumLines(keys: readonly KeyRow[], style: Style): readonly string[] {
  if (keys.length === 0 || style.width === Number.POSITIVE_INFINITY) return []
  const states = Map.groupBy(keys, ({ state }) => state)
  const counts = [...states].map(([state, rows]) => `${rows.length} ${state}`).join(', ')
  const pending = keys.find(({ state, acceptedKey }) => state === 'pending' && acceptedKey === undefined)
  const next =
    pending === undefined
      ? []
      : [{ text: `compare its fingerprint on the host, then \`master keys accept ${safe(pending.minion)}\`` }]
  return fold([{ text: counts, paint: style.colours.bold }, ...next], style, { hang: 2 })
}

function keyCell({ state }: KeyRow, { colours }: Style): Cell {
  const paint = { pending: colours.yellow, accepted: colours.green, rejected: colours.red, revoked: colours.red }
  return { text: state, paint: paint[state] }
}
