import { minionCount } from '../render/minion-names.ts'
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
const MOST_ROWS = 12
/** Shorter durations are not shown. */
const NOTABLE_MS = 2000
/** Limit for the minions named with a failure. */
const MOST_NAMED = 2

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
  const counts = [
    `${finished}/${minionCount(minions)}`,
    ...(failed.size === 0 ? [] : [`${failed.size} failed${round === 1 ? '' : ' in all rounds'}`]),
    ...(working.size === 0 ? [] : [`${working.size} running`]),
    ...(queued <= 0 ? [] : [`${queued} waiting`]),
  ]
  const name = round === 1 ? verb : `${verb}, round ${round}`
  const parts = [name, barOf(finished, minions, width + 1), counts.join(', '), duration(nowMs - beganMs)]
  const line = parts.filter(part => part !== '').join('  ')
  const whole = `${line}  ${safe(job)}`
  if (widthOf(whole) <= width) return `${colours.bold(line)}  ${colours.dim(safe(job))}`
  return colours.bold(cut(line, width))
}

function workingLines(
  { working }: LiveJob,
  count: number,
  nowMs: number,
  width: number,
  { colours }: Style,
): readonly string[] {
  // A job can have thousands of minions; only these are read.
  const shown = [...working.entries().take(count)]
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
    const what = cut(key === undefined ? 'begins' : safe(withoutRole(key)), Math.max(room, 1))
    return room < 1 ? cut(name + middle, width) : `${colours.bold(name)}${middle}${what}${colours.dim(end)}`
  })
}

function failureLines({ failures, failed, explained }: LiveJob, width: number, { colours }: Style): readonly string[] {
  const lines = [...failures.values()].map(({ minions, why }) => {
    // Of many minions only as many are read as are named.
    const named = [...minions.values().take(MOST_NAMED)].map(minion => safe(minion)).join(', ')
    const others = minions.size > MOST_NAMED ? ` and ${minions.size - MOST_NAMED} more` : ''
    return colours.red(cut(`failed  ${named}${others}  ${safe(why)}`, width))
  })
  const more = failed.size - explained.size
  return more <= 0 ? lines : [...lines, colours.red(cut(`failed  ... and ${more} more`, width))]
}

/** Shortens a key: `file.managed /etc/motd` for `base/file.managed//etc/motd`. */
function withoutRole(key: string): string {
  const [, ...rest] = key.split('/')
  const [type = '', ...id] = rest
  return rest.length < 2 ? key : `${type} ${id.join('/')}`
}
