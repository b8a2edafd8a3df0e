import { fold } from '../render/fold.ts'
import { byMinion, minionCount } from '../render/minion-names.ts'
import { stateName } from '../render/state-name.ts'
import { cut, padded, type Style, safe, widthOf } from '../render/style.ts'
import { duration } from '../render/time.ts'
import { barOf } from './bar.ts'
import type { LiveJob } from './job-live.ts'

/** Size of a terminal, in columns and rows. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Maximum number of rows; more would hide what the operator typed before. */
const MOST_ROWS = 16
/** Shorter durations are not shown. */
const NOTABLE_MS = 2000
/** Limits for the minions named with a failure, and for the rows of its cause. */
const MOST_NAMED = 3
const MOST_CAUSE = 2
/** Columns of blanks before a cause. */
const INDENT = 8

/** Lines that a terminal shows for a running job: a summary, the current state of each minion, and failures. Pure. */
export function liveLines(live: LiveJob, { columns, rows }: Size, nowMs: number, style: Style): readonly string[] {
  // Leave the last column free: a cursor behind it may have moved to the next line.
  const width = Math.max(columns - 1, 1)
  const most = Math.max(Math.min(MOST_ROWS, rows - 2), 1)
  const failures = failureLines(live, width, style).slice(0, Math.max(most - 2, 0))
  const left = most - 1 - failures.length
  const shown = live.working.size > left ? Math.max(left - 1, 0) : live.working.size
  const hidden = live.working.size - shown
  return [
    headLine(live, nowMs, width, style),
    ...workingLines(live, shown, nowMs, width, style),
    ...(hidden > 0 && left > 0 ? [style.colours.dim(cut(`... and ${hidden} more`, width))] : []),
    ...failures,
  ]
}

function headLine(live: LiveJob, nowMs: number, width: number, { colours }: Style): string {
  const { verb, round, minions, finished, failed, working, beganMs, job } = live
  const queued = minions - finished - working.size
  const isFirst = round === 1
  const counts = [
    // Those that failed have finished too.
    `${finished}/${minionCount(minions)}${failed.size > 0 && isFirst ? ` (${failed.size} failed)` : ''}`,
    ...(failed.size === 0 || isFirst ? [] : [`${failed.size} failed in all rounds`]),
    ...(working.size === 0 ? [] : [`${working.size} running`]),
    ...(queued <= 0 ? [] : [`${queued} waiting`]),
  ]
  const name = isFirst ? verb : `${verb}, round ${round}`
  const ends = [counts.join(', '), duration(nowMs - beganMs)]
  const withBar = [name, barOf(finished, minions, width + 1), ...ends].filter(part => part !== '').join('  ')
  if (widthOf(`${withBar}  ${safe(job)}`) <= width) return `${colours.bold(withBar)}  ${colours.dim(safe(job))}`
  // The numbers matter more than the bar.
  return colours.bold(widthOf(withBar) <= width ? withBar : cut([name, ...ends].join('  '), width))
}

function workingLines(
  { working }: LiveJob,
  count: number,
  nowMs: number,
  width: number,
  { colours }: Style,
): readonly string[] {
  // A job can have thousands of minions; only those that began first are read.
  const began = working.entries().take(count)
  const shown = [...began].sort(([a], [b]) => byMinion({ minion: a }, { minion: b }))
  const nameWidth = Math.min(Math.max(0, ...shown.map(([minion]) => widthOf(safe(minion)))), 24)
  const countWidth = Math.max(0, ...shown.map(([, { states }]) => String(states).length)) * 2 + 1
  return shown.map(([minion, { states, done, key, sinceMs }]) => {
    const took = nowMs - sinceMs
    const time = took < NOTABLE_MS ? '' : duration(took)
    const bar = barOf(done, states, width + 1)
    const name = padded(cut(safe(minion), nameWidth), nameWidth)
    const middle = `  ${`${done}/${states}`.padStart(countWidth)}${bar === '' ? '' : `  ${bar}`}  `
    const end = time === '' ? '' : `  ${time}`
    const room = width - widthOf(name + middle + end)
    const what = cut(key === undefined ? 'begins' : safe(stateName(key)), Math.max(room, 1))
    return room < 1 ? cut(name + middle, width) : `${colours.bold(name)}${middle}${what}${colours.dim(end)}`
  })
}

/** Each failure with its minions, and its cause below. */
function failureLines({ failures, failed, explained }: LiveJob, width: number, { colours }: Style): readonly string[] {
  const shown = [...failures.values()].map(({ minions, what, cause }) => {
    // Of many minions only as many are read as are named.
    const named = [...minions.values().take(MOST_NAMED)].map(minion => ({ minion })).sort(byMinion)
    const others = minions.size > MOST_NAMED ? ` and ${minions.size - MOST_NAMED} more` : ''
    const names = named.map(({ minion }) => safe(minion)).join(', ')
    const lines = [`failed  ${names}${others}  ${safe(what)}`, ...causeRows(cause, width)]
    return { minion: named[0]?.minion ?? '', lines: lines.map(line => colours.red(cut(line, width))) }
  })
  const lines = shown.sort(byMinion).flatMap(failure => failure.lines)
  const more = failed.size - explained.size
  return more <= 0 ? lines : [...lines, colours.red(cut(`failed  ... and ${more} more`, width))]
}

/** The last row shown holds all that follows, so that it is cut where there is more. */
function causeRows(cause: string, width: number): readonly string[] {
  if (cause === '') return []
  const rows = fold([{ text: safe(cause) }], { width }, { lead: INDENT, hang: INDENT })
  const [last = '', ...rest] = rows.slice(MOST_CAUSE - 1)
  return [...rows.slice(0, MOST_CAUSE - 1), [last, ...rest.map(row => row.trimStart())].join(' ')].filter(
    row => row !== '',
  )
}
