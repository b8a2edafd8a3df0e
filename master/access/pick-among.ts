import { AppError } from '../../protocol/errors.ts'
import { isMinionId } from '../../protocol/ids.ts'
import type { FleetMinion } from '../control/snapshot.ts'
import { demandNamed, selectMinions } from '../target/match.ts'
import { parseTarget } from '../target/parse.ts'
import { type Groups, NO_GROUPS, namedIds, partsOf } from '../target/target.ts'
import { suggest } from '../yaml/suggest.ts'
import type { Caller } from './caller.ts'
import { RightDenied, rightDenied } from './right-denied.ts'

type Pickable = Pick<FleetMinion, 'id' | 'view'>

/**
 * Selects the minions of a target among those that the caller may know of. A hidden minion is never selected or disclosed, so a
 * target that names it gives the same answer as one that names an unknown id. Throws TARGET_INVALID, TARGET_MATCHES_NOBODY, or
 * RIGHT_DENIED: when the caller lacks the right on one of the minions, when a target names a minion that they cannot see, and
 * for `*` when some minion is hidden. A target is never narrowed silently. Pure.
 */
export function pickAmong<Minion extends Pickable>(
  caller: Caller,
  verb: string,
  text: string,
  joined: readonly Minion[],
  groups: Groups = NO_GROUPS,
): readonly Minion[] {
  const target = parseTarget(text, groups)
  const { rights } = caller
  const seen = joined.filter(({ view }) => rights.sees(view))
  const visible = new Set<string>(seen.map(({ id }) => id))
  for (const { name, bare } of partsOf(target, 'group')) if (bare && visible.has(name)) throw twoMeanings(name)
  if (!rights.seesAll()) {
    const unseen = namedIds(target).filter(name => isMinionId(name) && !visible.has(name))
    if (unseen.length > 0) throw unseenDenied(caller, verb, unseen, seen)
    if (target.kind === 'all' && seen.length < joined.length) {
      const hidden = joined.filter(({ id }) => !visible.has(id)).map(({ id }) => id)
      throw new RightDenied({ caller, verb, minions: [], hidden, hint: NOT_EVERYBODY })
    }
  }
  const views = seen.map(({ view }) => view)
  const picked = selectMinions(text, target, views, rights.seesAll() ? 'fleet' : 'visible')
  // A schedule continues when one of its minions has been removed.
  if (caller.via !== 'schedule') demandNamed(target, views)
  const ids = new Set(picked.map(({ id }) => id))
  const minions = seen.filter(({ id }) => ids.has(id))
  demandRight(caller, verb, minions)
  return minions
}

/** `master lint` reports it too; until the group has another name nobody is applied to by mistake. */
function twoMeanings(name: string): AppError {
  return new AppError({
    code: 'TARGET_SYNTAX',
    message: `\`${name}\` is a group of fleet.yml and a minion`,
    hint: `Write \`group=${name}\` or \`id=${name}\`.`,
  })
}

const NOT_EVERYBODY =
  'Your rights do not cover every minion. Name a target that they cover, for example `level=staging`.'

/**
 * Finds one minion by its id, joined or not. Throws JOB_UNKNOWN, or RIGHT_DENIED, also for a minion that the caller cannot see,
 * whether or not it exists. Pure.
 */
export function pickOne<Minion extends Pickable>(
  caller: Caller,
  verb: string,
  id: string,
  minions: readonly Minion[],
): Minion {
  const { rights } = caller
  const found = minions.find(minion => minion.id === id)
  if (!rights.seesAll() && (found === undefined || !rights.sees(found.view))) {
    const seen = minions.filter(({ view }) => rights.sees(view))
    throw unseenDenied(caller, verb, isMinionId(id) ? [id] : [], seen)
  }
  if (found === undefined) {
    throw new AppError({
      code: 'JOB_UNKNOWN',
      message: `no minion is named \`${id.slice(0, 80)}\``,
      hint: 'List the minions with `master minions`.',
    })
  }
  demandRight(caller, verb, [found])
  return found
}

/** Throws RIGHT_DENIED unless the caller has the right on all these minions. */
export function demandRight(caller: Caller, verb: string, minions: readonly Pickable[]): void {
  const denied = minions.filter(({ view }) => !caller.rights.allowsOn(verb, view)).map(({ id }) => id)
  if (denied.length > 0) throw rightDenied(caller, verb, denied)
}

/** Gives the same answer for an unknown minion and for a hidden one; suggests visible minions only. */
function unseenDenied(caller: Caller, verb: string, names: readonly string[], seen: readonly Pickable[]): AppError {
  const near = suggest(
    names[0] ?? '',
    seen.map(({ id }) => id),
  )
  const other = near === undefined ? '' : ` Did you mean \`${near}\`?`
  const hint = `None of your rights covers a minion with this name, if it exists.${other}`
  return new RightDenied({ caller, verb, minions: names, hint })
}
