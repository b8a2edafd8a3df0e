import { percent } from '../format/trend.ts'
import { moment } from '../judge-states.ts'
import type { TrendPoint } from '../report.ts'

/** Scores over time, for a picture and for a table. Positions are shares: 0 is left or 0 %, 1 is right or 100 %. */
export interface TrendChart {
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly times: readonly Tick[]
  readonly scores: readonly Tick[]
  /** For those who do not see the picture. */
  readonly words: string
  /** Newest first. */
  readonly rows: readonly { readonly at: string; readonly score: string; readonly findings: number }[]
}

interface Tick {
  readonly at: number
  readonly text: string
}

const DAY_MS = 86_400_000
const SCORES: readonly Tick[] = [0, 50, 100].map(score => ({ at: score / 100, text: percent(score) }))

/** Makes the chart of the scores, with time to scale; undefined when there is only one. Pure. */
export function trendChart(trend: readonly TrendPoint[]): TrendChart | undefined {
  const [first] = trend
  const last = trend.at(-1)
  if (first === undefined || last === undefined || trend.length < 2) return undefined
  const [from, to] = [Date.parse(first.at), Date.parse(last.at)]
  const isToScale = to > from
  const lowest = trend.reduce((low, point) => (point.score < low.score ? point : low))
  return {
    points: trend.map(({ at, score }, index) => ({
      x: isToScale ? (Date.parse(at) - from) / (to - from) : index / (trend.length - 1),
      y: Math.min(100, Math.max(0, score)) / 100,
    })),
    times: isToScale ? timeTicks(from, to) : [{ at: 1, text: moment(last.at) }],
    scores: SCORES,
    words:
      `Score of ${trend.length} reports, from ${percent(first.score)} on ${moment(first.at)} to ${percent(last.score)} on ` +
      `${moment(last.at)}; the lowest is ${percent(lowest.score)} on ${moment(lowest.at)}.`,
    rows: trend.map(({ at, score, findings }) => ({ at: moment(at), score: percent(score), findings })).toReversed(),
  }
}

/** Start, end and the day in the middle; times of day only when it is less than two days. */
function timeTicks(from: number, to: number): readonly Tick[] {
  const text = (time: number, length: number): string => moment(new Date(time).toISOString()).slice(0, length)
  if (to - from < 2 * DAY_MS) return [from, to].map((time, index) => ({ at: index, text: text(time, 16) }))
  const middle = Math.round((from + to) / 2 / DAY_MS) * DAY_MS
  return [from, middle, to].map(time => ({ at: (time - from) / (to - from), text: text(time, 10) }))
}
