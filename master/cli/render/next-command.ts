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
  const dry: readonly Piece[] = isTest ? [{ text: 'dry run, nothing was changed' }] : []
  const failed = [...failedMinions(result), ...(result.leftOut ?? []).map(({ minion }) => minion)]
  const command = (label: string, verb: string, on: string | undefined): readonly Piece[] => {
    return on === undefined ? [] : [{ text: `${label}: master ${verb} ${on}`, paint: colours.bold, whole: true }]
  }
  const next =
    failed.length > 0
      ? command(`fix the cause, then ${result.verb} again`, result.verb, wordsOf(failed, target))
      : isTest && result.runs.some(wouldChange)
        ? command('apply it', 'apply', typedOf(target) ?? wordsOf(minionsOf(result), undefined))
        : []
  const pieces = [...dry, ...next]
  return pieces.length === 0 ? [] : [pieces]
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

/** A target of these minions; the target as it was typed where they are too many. */
function wordsOf(minions: readonly string[], target: string | undefined): string | undefined {
  return minions.length <= MOST_MINIONS ? quoted(minions.join(',')) : typedOf(target)
}

function typedOf(target: string | undefined): string | undefined {
  if (target === undefined || target.length > MOST_TARGET) return undefined
  return target.split(' ').map(quoted).join(' ')
}

/** Quotes a word for a shell where needed. */
function quoted(word: string): string {
  return /^[\w.,=:@%+/-]+$/.test(word) ? word : safe(`'${word.replaceAll("'", `'\\''`)}'`)
}
