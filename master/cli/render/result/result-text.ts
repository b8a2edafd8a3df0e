import type { SlowState } from '../../../jobs/results.ts'
import { firstFailure } from '../first-failure.ts'
import { fold, type Piece } from '../fold.ts'
import { cut, type Style, safe } from '../style.ts'
import { failureLines, type Undone } from './failures.ts'
import { changeLines, orphanLines } from './notable.ts'
import { listPieces, type Missed, recapLines, sumText } from './recap.ts'
import type { Show } from './show.ts'
import type { ShownRun } from './shown-run.ts'
import { slowestLines } from './slowest.ts'

/** Result of a job on all its minions. */
export interface Outcome {
  readonly runs: readonly ShownRun[]
  /** Offline minions. */
  readonly missed: readonly Missed[]
  readonly leftOut: readonly Undone[]
  readonly waiting: readonly Undone[]
  /** Lines that are no failure and belong to no state. */
  readonly remarks: readonly string[]
  /** The states that took longest. */
  readonly slowest: readonly SlowState[]
  /** Lines at the end: the exit code, where to find more. */
  readonly foot: readonly (readonly Piece[])[]
}

/** From so many lines of failures on, the first of them has scrolled away on a usual terminal. */
const LONG = 16
const MOST_REASONS = 8
/** Lines of one reason. */
const MOST_LINES = 4
const FEW_LINES = 2

/** Why minions failed. Of many, each has less room. */
function reasonLines(runs: readonly ShownRun[], style: Style): readonly string[] {
  const failed = runs.filter(({ state }) => state === 'failed')
  const most = failed.length < MOST_REASONS ? MOST_LINES : FEW_LINES
  const lines = failed.slice(0, MOST_REASONS).flatMap(run => reasonOf(run, most, style))
  const left = failed.length - MOST_REASONS
  return left > 0 ? [...lines, `  and ${left} more ${left === 1 ? 'minion' : 'minions'}`] : lines
}

function reasonOf(run: ShownRun, most: number, { width, colours }: Style): readonly string[] {
  const { what, cause } = firstFailure(run)
  const text = cut(safe(`${what}${cause === '' ? '' : `: ${cause}`}`), most * width)
  const lines = fold([{ text: safe(run.minion) }, { text }], { width }, { lead: 2, hang: 4 })
  const shown = lines.slice(0, most)
  // The next line begins with a word that did not fit, so the end is cut there.
  if (lines.length > most) shown.push(cut(`${shown.pop() ?? ''} ${(lines[most] ?? '').trim()}`, width))
  return shown.map(line => colours.red(line))
}

/**
 * Renders a result: first changes, then one line per minion, then failures, then the totals. A terminal shows the last lines,
 * so failures and the next command come last. Pure.
 */
export function resultText(outcome: Outcome, show: Show, style: Style): string {
  const { runs, missed, leftOut, waiting, remarks, slowest, foot } = outcome
  const { bold, red, yellow } = style.colours
  const unordered = [
    ...waiting.map(({ minion }) => ({ minion, word: 'waiting', paint: yellow })),
    ...leftOut.map(({ minion }) => ({ minion, word: 'left out', paint: red })),
  ]
  const all = runs.length + missed.length + unordered.length
  const failures = show.states === 'none' ? [] : failureLines({ runs, leftOut, waiting }, show, style)
  const recapped = show.states === 'failed' ? runs.filter(({ state }) => state !== 'done') : runs
  const recap = recapLines({ runs: recapped, missed: [...unordered, ...missed], each: show.states === 'none' }, style)
  const sum =
    all < 2 && show.states !== 'failed'
      ? []
      : fold(listPieces(sumText(runs, missed.length, leftOut.length, waiting.length), bold), style, { hang: 2 })
  const reasons = failures.length > LONG ? reasonLines(runs, style) : []
  const end = [...sum, ...reasons, ...foot.flatMap(pieces => fold(pieces, style, { hang: 0 }))]
  const sections = [
    changeLines(runs, show, style),
    [...orphanLines(runs, show, style), ...remarks],
    slowestLines(slowest, style),
    // Without failures, the totals directly follow the minions.
    failures.length === 0 ? [...recap, ...end] : recap,
    failures,
    failures.length === 0 ? [] : end,
  ]
  return sections
    .filter(lines => lines.length > 0)
    .map(lines => `${lines.join('\n')}\n`)
    .join('\n')
}
