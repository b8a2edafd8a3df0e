import type { SlowState } from '../../../jobs/results.ts'
import { fold, type Piece } from '../fold.ts'
import type { Style } from '../style.ts'
import { failureLines, type Undone } from './failures.ts'
import { changeLines, orphanLines } from './notable.ts'
import { type Missed, recapLines, sumText } from './recap.ts'
import type { Show } from './show.ts'
import type { ShownRun } from './shown-run.ts'
import { slowestLines } from './slowest.ts'

/** What came of a job on all its minions. */
export interface Outcome {
  readonly runs: readonly ShownRun[]
  /** Offline minions. */
  readonly missed: readonly Missed[]
  readonly leftOut: readonly Undone[]
  readonly waiting: readonly Undone[]
  /** What is no failure and belongs to no state; lines. */
  readonly remarks: readonly string[]
  /** The states that took longest. */
  readonly slowest: readonly SlowState[]
  /** Lines below everything: the exit code, where to see more. */
  readonly foot: readonly (readonly Piece[])[]
}

/**
 * A result for people: what changed, then one line for each minion, then what failed, then the sum. A terminal shows its last lines,
 * so that is where the failures and the next command are. Pure.
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
      : fold([{ text: sumText(runs, missed.length, leftOut.length, waiting.length), paint: bold }], style, { hang: 2 })
  const end = [...sum, ...foot.flatMap(pieces => fold(pieces, style, { hang: 0 }))]
  const sections = [
    changeLines(runs, show, style),
    [...orphanLines(runs, show, style), ...remarks],
    slowestLines(slowest, style),
    // Without a failure nothing stands between the minions and their sum.
    failures.length === 0 ? [...recap, ...end] : recap,
    failures,
    failures.length === 0 ? [] : end,
  ]
  return sections
    .filter(lines => lines.length > 0)
    .map(lines => `${lines.join('\n')}\n`)
    .join('\n')
}
