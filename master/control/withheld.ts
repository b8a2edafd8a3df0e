import type { Problem } from '../../protocol/errors.ts'
import { type Withheld, withheldText } from './answers/withheld.ts'
import type { FleetMinion } from './snapshot.ts'

/** What the inventory says of a minion's id and does not count, since the minion chose this id itself; undefined: nothing. Pure. */
export function withheldOf({ known, named }: Pick<FleetMinion, 'known' | 'named'>): Withheld | undefined {
  if (known?.joinedAs === undefined || named.withheld.length === 0) return undefined
  return { joinedAs: known.joinedAs, entries: named.withheld }
}

/** The same as a problem with the way out; undefined: nothing is withheld. Pure. */
export function withheldProblem(minion: Pick<FleetMinion, 'id' | 'known' | 'named'>): Problem | undefined {
  const withheld = withheldOf(minion)
  if (withheld === undefined) return undefined
  const { id } = minion
  return {
    code: 'ENTRY_WITHHELD',
    message: withheldText(id, withheld),
    hint: `Compare the fingerprint in \`master keys\` with \`minion status\` on the host. If it is the right host: \`master keys accept ${id}\`; otherwise \`master keys revoke ${id}\`.`,
  }
}
