import { type Problem, problemsOf } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'
import { type FleetMinion, takeSnapshot } from './snapshot.ts'
import { type Withheld, withheldText } from './withheld-text.ts'

type Named = Pick<FleetMinion, 'known' | 'named' | 'withheldMatches'>

/** Limit for the minions named in one line of the log. */
const MOST_NAMED = 100

/**
 * Finds entries of inventory.yml and pillar/top.yml for a minion's id that do not apply, because the minion chose the id
 * itself; undefined when there are none. Pure.
 */
function withheldOf({ known, named, withheldMatches: matches }: Named): Withheld | undefined {
  if (known?.joinedAs === undefined || named.withheld.length + matches.length === 0) return undefined
  return { joinedAs: known.joinedAs, entries: named.withheld, ...(matches.length === 0 ? {} : { matches }) }
}

/** Finds withheld entries for a caller who may not see every minion that a match names. Pure. */
export function withheldSeen(minion: Named, hide: (text: string) => string): Withheld | undefined {
  const withheld = withheldOf(minion)
  return withheld?.matches === undefined ? withheld : { ...withheld, matches: withheld.matches.map(hide) }
}

/** Describes withheld entries as a problem with a way to fix it; undefined when there are none. Pure. */
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

/** Logs minions that lose roles after an upgrade, before anything is applied to them. */
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
    // Broken fleet files are already reported, and nothing is applied until they are fixed.
    context.warn('the fleet could not be searched for entries that do not apply', { problems: problemsOf(thrown) })
  }
}
