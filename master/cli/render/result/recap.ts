import { STATE_OUTCOMES, type StateOutcome } from '../../../../protocol/outcomes.ts'
import type { OfflineMinion } from '../../../jobs/results.ts'
import { type FirstFailure, firstFailure } from '../first-failure.ts'
import { fold, type Piece } from '../fold.ts'
import { MOST_FAILED, minionCount, namesText } from '../minion-names.ts'
import { checksText, countsText, paintOf } from '../outcome.ts'
import { padded, type Style, safe, widthOf } from '../style.ts'
import { duration, moment } from '../time.ts'
import type { ShownRun } from './shown-run.ts'

/** Limit for the minions that get a line each. */
const MOST_LINES = 12
const MOST_NAME = 32
/** So many minions are named in the row itself. */
const FEW = 3

/** One line of the recap: minions and their outcome. */
interface Row {
  readonly minions: readonly string[]
  readonly word: string
  readonly paint: (text: string) => string
  /** Counts, time, rounds. */
  readonly parts: readonly Piece[]
  readonly isFine: boolean
  /** Why the only minion failed. */
  readonly why?: FirstFailure
}

/** A minion that was unreachable, or received no order. */
export interface Missed {
  readonly minion: string
  readonly word: string
  readonly paint: (text: string) => string
}

interface Recapped {
  readonly runs: readonly ShownRun[]
  readonly missed: readonly Missed[]
  /** One line per minion that needs attention, and below it why it failed; equal others are merged if there are many. */
  readonly each: boolean
}

/** Renders the outcome of every minion: compliant ones first, with equal outcomes merged if there are many. Pure. */
export function recapLines({ runs, missed, each }: Recapped, style: Style): readonly string[] {
  const isLong = runs.length + missed.length > MOST_LINES
  const merged = isLong ? runs.filter(({ state }) => !each || state === 'done') : []
  const single = isLong ? runs.filter(({ state }) => each && state !== 'done') : runs
  const rows = [
    ...groupedRows(merged, style),
    ...single.map(run => ({ ...rowOf([run], style), ...(each ? whyOf(run) : {}) })),
    ...(isLong && !each ? groupedMissed(missed) : missed.map(missedRow)),
  ]
  const names = rows.map(nameOf)
  const nameWidth = Math.min(widest(names.map(widthOf)), MOST_NAME)
  const wordWidth = widest(rows.filter(({ parts }) => parts.length > 0).map(({ word }) => word.length))
  const lines = (row: Row, name: string): readonly string[] => {
    const { word, paint, parts } = row
    const end = parts.length === 0 ? word : word.padEnd(wordWidth)
    const pieces: readonly Piece[] = [
      { text: padded(name, nameWidth), paint: style.colours.bold, whole: true },
      { text: end, paint, whole: true },
      ...parts,
    ]
    const own = fold(pieces, style, { hang: nameWidth + wordWidth + 4 })
    return [...own, ...namedLines(row, style), ...whyLines(row, nameWidth + 2, style)]
  }
  const shown = rows.map((row, at) => ({ isFine: row.isFine, text: lines(row, names[at] ?? '') }))
  return [...shown.filter(({ isFine }) => isFine), ...shown.filter(({ isFine }) => !isFine)].flatMap(({ text }) => text)
}

/** Formats the minions of a row; those that need attention are named below it, so here they are only counted. */
function nameOf({ minions, isFine }: Row): string {
  return isFine || minions.length <= FEW ? namesText(minions) : minionCount(minions.length)
}

function namedLines({ minions, isFine }: Row, style: Style): readonly string[] {
  if (isFine || minions.length <= FEW) return []
  return fold([{ text: namesText(minions, MOST_FAILED), paint: style.colours.bold }], style, { lead: 2, hang: 2 })
}

function whyOf(run: ShownRun): Pick<Row, 'why'> {
  return run.state === 'failed' ? { why: firstFailure(run) } : {}
}

function whyLines({ why }: Row, lead: number, style: Style): readonly string[] {
  if (why === undefined) return []
  const { bold, red } = style.colours
  if (why.cause === '') return fold([{ text: safe(why.what), paint: bold }], style, { lead, hang: lead + 2 })
  const pieces = [
    { text: `${safe(why.what)}:`, paint: bold },
    { text: safe(why.cause), paint: red, gap: ' ' },
  ]
  return fold(pieces, style, { lead, hang: lead + 2 })
}

function widest(widths: readonly number[]): number {
  return widths.reduce((most, width) => Math.max(most, width), 0)
}

function groupedRows(runs: readonly ShownRun[], style: Style): readonly Row[] {
  const equal = Map.groupBy(runs, run => JSON.stringify([run.state, wordsOf(run), run.rounds]))
  if (equal.size <= MOST_LINES) return [...equal.values()].map(group => rowOf(group, style))
  // When hardly any two are equal, show counts as ranges.
  return [...Map.groupBy(runs, ({ state }) => state).values()].map(group => rowOf(group, style))
}

function groupedMissed(missed: readonly Missed[]): readonly Row[] {
  const kinds = Map.groupBy(missed, ({ word }) => word.replace(/ since .*/, ''))
  return [...kinds].map(([word, group]) => {
    const [first = { minion: '', word, paint: String }] = group
    if (group.length === 1) return missedRow(first)
    const { paint } = first
    return { minions: group.map(({ minion }) => minion), word, paint, parts: [], isFine: false }
  })
}

function missedRow({ minion, word, paint }: Missed): Row {
  return { minions: [minion], word, paint, parts: [], isFine: false }
}

function rowOf(group: readonly ShownRun[], style: Style): Row {
  const [first] = group
  if (first === undefined) throw new TypeError('a row of nobody')
  const times = group.flatMap(({ durationMs }) => (durationMs === undefined ? [] : [durationMs]))
  const [, rounds] = extremesOf(group.map(run => run.rounds))
  const words = new Set(group.map(wordsOf))
  const parts: readonly Piece[] = [
    ...listPieces(words.size === 1 ? wordsOf(first) : rangesText(group)),
    { text: times.length === 0 ? '' : rangeText(...extremesOf(times)), whole: true },
    { text: rounds === 1 ? '' : `in ${rounds} rounds`, paint: style.colours.dim, whole: true },
  ]
  return {
    minions: group.map(({ minion }) => minion),
    word: first.state,
    paint: paintOf(first.state, style),
    parts: parts.filter(({ text }) => text !== ''),
    isFine: first.state === 'done',
  }
}

function wordsOf({ counts, checks, test }: ShownRun): string {
  return counts === undefined ? '' : `${countsText(counts, test)}${checksText(checks)}`
}

/** Formats counts as ranges: `0 to 3 changed, 297 to 300 unchanged`. */
function rangesText(group: readonly ShownRun[]): string {
  const main: StateOutcome = group.every(({ test }) => test) ? 'would-change' : 'changed'
  const all = group.flatMap(({ counts }) => (counts === undefined ? [] : [counts]))
  const range = (outcome: StateOutcome): string => {
    const [least, most] = extremesOf(all.map(counts => counts[outcome] ?? 0))
    return most === 0 && outcome !== main ? '' : `${least === most ? most : `${least} to ${most}`} ${outcome}`
  }
  const outcomes = [...STATE_OUTCOMES.filter(outcome => outcome !== 'unchanged'), 'unchanged' as const]
  return outcomes
    .map(range)
    .filter(text => text !== '')
    .join(', ')
}

/** A line is broken only between the items of a list. */
export function listPieces(text: string, paint?: Piece['paint']): readonly Piece[] {
  return text.split(/(?<=[,;:]) /).map((item, at): Piece => {
    return { text: item, whole: true, ...(paint === undefined ? {} : { paint }), ...(at === 0 ? {} : { gap: ' ' }) }
  })
}

function rangeText(least: number, most: number): string {
  const texts = new Set([duration(least), duration(most)])
  return [...texts].join(' to ')
}

/** Finds the smallest and largest number; a fleet has too many for the arguments of `Math.min`. */
function extremesOf(numbers: readonly number[]): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const number of numbers) {
    if (number < least) least = number
    if (number > most) most = number
  }
  return [least, most]
}

/** Formats an offline minion as a row of the recap. Pure. */
export function missedOf({ minion, since, waiting }: OfflineMinion, { colours }: Style): Missed {
  const when = since === undefined ? 'never connected' : `offline since ${moment(since)} UTC`
  return { minion, word: `${when}${waiting ? ', its order waits' : ''}`, paint: colours.red }
}

/** Counts checks if some failed, which no count of states shows. */
function failedChecksText(runs: readonly ShownRun[]): string {
  const outcomes = runs.flatMap(({ checks }) => checks.map(({ outcome }) => outcome))
  const failed = outcomes.filter(outcome => outcome === 'failed').length
  if (failed === 0) return ''
  return `; checks: ${failed} failed, ${outcomes.filter(outcome => outcome === 'passed').length} passed`
}

/** Formats the totals: `20 minions: 17 done, 3 failed; states: 51 changed, 3 failed, 5934 unchanged`. Pure. */
export function sumText(runs: readonly ShownRun[], missed: number, leftOut: number, waiting: number): string {
  const ends = Map.groupBy(runs, ({ state }) => state)
  const parts = [
    ...[...ends]
      .sort(([a], [b]) => Number(b === 'done') - Number(a === 'done'))
      .map(([state, { length }]) => `${length} ${state}`),
    ...(waiting === 0 ? [] : [`${waiting} waiting`]),
    ...(leftOut === 0 ? [] : [`${leftOut} left out`]),
    ...(missed === 0 ? [] : [`${missed} offline`]),
  ]
  const counts: { [outcome in StateOutcome]?: number } = {}
  for (const run of runs) {
    for (const outcome of STATE_OUTCOMES) {
      const count = run.counts?.[outcome] ?? 0
      if (count > 0) counts[outcome] = (counts[outcome] ?? 0) + count
    }
  }
  const states =
    runs.length === 0
      ? ''
      : `; states: ${countsText(
          counts,
          runs.every(({ test }) => test),
        )}`
  return `${minionCount(runs.length + missed + leftOut + waiting)}: ${parts.join(', ')}${states}${failedChecksText(runs)}`
}
