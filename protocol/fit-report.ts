import type { Problem } from './errors.ts'
import type { Report, StateResult } from './report.ts'
import { encodeReport } from './report-codec.ts'

/** Maximum length of each long text, in characters; each step is tried when the previous one was not enough. */
const TEXT_STEPS = [4096, 1024, 256, 80] as const

/**
 * Encodes a report in at most `maxBytes`. If it is larger, long texts (diffs, output, notes, actions, problems) are cut; if
 * that is not enough, results are dropped from the end, failed ones last. `counts` always counts all states, and the note of
 * the first result says what is missing. Observations and exports stay. Pure.
 */
export function fitReport(report: Report, maxBytes: number): Uint8Array {
  const whole = encodeReport(report)
  if (whole.length <= maxBytes) return whole
  for (const most of TEXT_STEPS) {
    const note = `report truncated: it had ${whole.length} bytes, the limit is ${maxBytes}; texts were cut to ${most} characters`
    const bytes = encodeReport(noted(shortened(report, most), note))
    if (bytes.length <= maxBytes) return bytes
  }
  return withFewerResults(shortened(report, 80), whole.length, maxBytes)
}

function withFewerResults(report: Report, size: number, maxBytes: number): Uint8Array {
  const { results } = report
  const order = [...results.keys()].sort((a, b) => rank(results[a]) - rank(results[b]) || a - b)
  const fit = (count: number): Uint8Array => {
    const kept = new Set(order.slice(0, count))
    const note = `report truncated: it had ${size} bytes, the limit is ${maxBytes}; ${results.length - count} of ${results.length} results were left out`
    return encodeReport(noted({ ...report, results: results.filter((_, at) => kept.has(at)) }, note))
  }
  let [low, high] = [0, results.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fit(middle).length <= maxBytes) low = middle
    else high = middle - 1
  }
  const bytes = fit(low)
  if (bytes.length <= maxBytes) return bytes
  // The size is not due to the results: keep only how the run ended.
  const { observed: _observed, exports: _exports, orphans: _orphans, checks: _checks, ...rest } = report
  return encodeReport({ ...rest, results: [], owed: [], problem: rest.problem ?? tooLarge(size, maxBytes) })
}

function rank(result: StateResult | undefined): number {
  if (result === undefined || result.outcome === 'unchanged') return 2
  return result.outcome === 'failed' ? 0 : 1
}

function tooLarge(size: number, maxBytes: number): Problem {
  return { code: 'REPORT_TOO_LARGE', message: `the report had ${size} bytes, the limit is ${maxBytes}` }
}

function noted(report: Report, note: string): Report {
  const [first, ...others] = report.results
  if (first === undefined) return report
  return {
    ...report,
    results: [{ ...first, note: first.note === undefined ? note : `${note}; ${first.note}` }, ...others],
  }
}

function shortened(report: Report, most: number): Report {
  const problem = (value: Problem): Problem => {
    const { excerpt, ...rest } = value
    return {
      ...rest,
      message: cut(rest.message, most),
      ...(rest.hint === undefined ? {} : { hint: cut(rest.hint, most) }),
      ...(excerpt === undefined ? {} : { excerpt: cut(excerpt, most) }),
    }
  }
  return {
    ...report,
    results: report.results.map(result => ({
      ...result,
      actions: result.actions.map(({ kind, summary }) => ({ kind, summary: cut(summary, most) })),
      ...(result.diff === undefined ? {} : { diff: cut(result.diff, most) }),
      ...(result.output === undefined ? {} : { output: cut(result.output, most) }),
      ...(result.note === undefined ? {} : { note: cut(result.note, most) }),
      ...(result.problem === undefined ? {} : { problem: problem(result.problem) }),
    })),
    ...(report.checks === undefined
      ? {}
      : {
          checks: report.checks.map(check =>
            check.problem === undefined ? check : { ...check, problem: problem(check.problem) },
          ),
        }),
    ...(report.problem === undefined ? {} : { problem: problem(report.problem) }),
  }
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  // Half of a surrogate pair is not a character.
  return `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')}… (truncated)`
}
