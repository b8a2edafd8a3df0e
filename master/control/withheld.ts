import { type Problem, problemsOf } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'
import { type FleetMinion, takeSnapshot } from './snapshot.ts'
import { type Withheld, withheldText } from './withheld-text.ts'

type Named = Pick<FleetMinion, 'known' | 'named' | 'withheldMatches'>

/** Minions that one line of the log names. */
const MOST_NAMED = 100

/**
 * What inventory.yml and pillar/top.yml say of a minion's id and does not count, since the minion chose this id itself;
 * undefined: nothing. Pure.
 */
function withheldOf({ known, named, withheldMatches: matches }: Named): Withheld | undefined {
  if (known?.joinedAs === undefined || named.withheld.length + matches.length === 0) return undefined
  return { joinedAs: known.joinedAs, entries: named.withheld, ...(matches.length === 0 ? {} : { matches }) }
}

/** The same for somebody who may not see every minion that a match names. Pure. */
export function withheldSeen(minion: Named, hide: (text: string) => string): Withheld | undefined {
  const withheld = withheldOf(minion)
  return withheld?.matches === undefined ? withheld : { ...withheld, matches: withheld.matches.map(hide) }
}

/** The same as a problem with the way out; undefined: nothing is withheld. Pure. */
export function withheldProblem(minion: Named & Pick<FleetMinion, 'id'>): Problem | undefined {
  const withheld = withheldOf(minion)
  if (withheld === undefined) return undefined
  const { id } = minion
  return {
    code: 'ENTRY_WITHHELD',
    message: withheldText(id, withheld),
    hint: `Compare the fingerprint in \`master keys\` with \`minion status\` on the host. If it is the right host: \`master keys accept ${id}\`; otherwise \`master keys revoke ${id}\`.`,
  }
}

/** After an upgrade such minions lose roles that they had: the log names them before anything is applied to them. */
export async function warnOfWithheld(context: ControlContext): Promise<void> {
  try {
    const { minions } = await takeSnapshot(context)
    const ids = minions.flatMap(minion => (withheldOf(minion) === undefined ? [] : [minion.id]))
    if (ids.length === 0) return
    context.warn(
      'entries of inventory.yml or pillar/top.yml do not apply to minions that joined with a token for more ids: see `master overview`',
      { code: 'ENTRY_WITHHELD', count: ids.length, minions: ids.slice(0, MOST_NAMED) },
    )
  } catch (thrown) {
    // A fleet whose files are broken has been told already; nothing is applied until they are mended.
    context.warn('the fleet could not be searched for entries that do not apply', { problems: problemsOf(thrown) })
  }
}
