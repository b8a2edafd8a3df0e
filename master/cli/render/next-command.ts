import { isAboutOrphans } from '../../jobs/job-kind.ts'
import type { ApplyResult } from '../../jobs/results.ts'
import type { Piece } from './fold.ts'
import { byMinion } from './minion-names.ts'
import { type Style, safe } from './style.ts'

/** Limit for the minions of a command, and for the length of a target that is repeated. */
const MOST_MINIONS = 5
const MOST_TARGET = 80

/** The result and the target as the operator typed it. */
interface Done {
  readonly result: ApplyResult
  readonly target: string | undefined
}

/** Says that a dry run changed nothing, and what to type next, after a dry run or a failure. Pure. */
export function nextFoot({ result, target }: Done, { colours }: Style): readonly (readonly Piece[])[] {
  const isTest = result.verb === 'test'
  const isOrphans = isAboutOrphans(result.verb)
  const isDry = isTest || (isOrphans && result.runs.some(({ test }) => test))
  const dry: readonly Piece[] = isDry ? [{ text: dryText(result) }] : []
  const failed = [...failedMinions(result), ...(result.leftOut ?? []).map(({ minion }) => minion)]
  const command = (label: string, verb: string, on: string | undefined): readonly Piece[] => {
    return on === undefined ? [] : [{ text: `${label}: master ${verb} ${on}`, paint: colours.bold, whole: true }]
  }
  // A command that narrows to some orphans is not typed again without them.
  const next = isOrphans
    ? []
    : failed.length > 0
      ? command(`fix the cause, then ${result.verb} again`, result.verb, targetOf(failed, target))
      : isTest && result.runs.some(wouldChange)
        ? command('apply it', 'apply', targetTyped(target) ?? targetOf(minionsOf(result), undefined))
        : []
  const pieces = [...dry, ...next]
  return pieces.length === 0 ? [] : [pieces]
}

/** Checks of a dry run pass or fail for the hosts before the change. */
function dryText({ runs }: ApplyResult): string {
  const looked = runs.some(run => (run.checks ?? []).length > 0 && wouldChange(run))
  return `dry run, nothing was changed${looked ? '; the checks judged the hosts as they are' : ''}`
}

/** Lists the minions with a failed or cancelled run, in any round. Pure. */
function failedMinions({ earlier = [], runs }: ApplyResult): readonly string[] {
  const failed = [...earlier, ...runs].filter(({ state }) => state === 'failed' || state === 'cancelled')
  return [...new Set(failed.toSorted(byMinion).map(({ minion }) => minion))]
}

function minionsOf({ runs }: ApplyResult): readonly string[] {
  return [...new Set(runs.map(({ minion }) => minion))]
}

function wouldChange({ counts = {} }: ApplyResult['runs'][number]): boolean {
  return (counts['would-change'] ?? 0) + (counts['may-change'] ?? 0) > 0
}

/** A target of these minions; the target as it was typed where they are too many. Pure. */
export function targetOf(minions: readonly string[], target: string | undefined): string | undefined {
  return minions.length <= MOST_MINIONS ? quoted(minions.join(',')) : targetTyped(target)
}

/** The target as it was typed, if it is short enough to be repeated. Pure. */
export function targetTyped(target: string | undefined): string | undefined {
  if (target === undefined || target.length > MOST_TARGET) return undefined
  return target.split(' ').map(quoted).join(' ')
}

/** Quotes a word for a shell where needed. */
function quoted(word: string): string {
  return /^[\w.,=:@%+/-]+$/.test(word) ? word : safe(`'${word.replaceAll("'", `'\\''`)}'`)
}
