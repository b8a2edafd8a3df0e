import type { SlowState } from '../../../jobs/results.ts'
import { fold } from '../fold.ts'
import { type Style, safe } from '../style.ts'
import { duration } from '../time.ts'

/** Lists the states that took longest, each with its slowest minion. Pure. */
export function slowestLines(slowest: readonly SlowState[], style: Style): readonly string[] {
  const { bold, dim } = style.colours
  const times = slowest.map(({ durationMs }) => duration(durationMs))
  const width = Math.max(0, ...times.map(time => time.length))
  return slowest.flatMap(({ type, id, role, minion, minions }, at) => {
    const others = minions === 1 ? '' : `, slowest of ${minions}`
    return fold(
      [
        { text: 'slow'.padEnd(12), paint: dim, whole: true },
        { text: (times[at] ?? '').padStart(width), whole: true },
        { text: safe(type) },
        { text: safe(id), paint: bold, gap: ' ' },
        { text: `on ${safe(minion)}${others}` },
        { text: `role ${safe(role)}`, paint: dim, whole: true },
      ],
      style,
      { hang: 14 },
    )
  })
}
