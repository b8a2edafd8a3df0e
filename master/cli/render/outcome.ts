import type { CheckResult } from '../../../protocol/checks.ts'
import { type CheckOutcome, STATE_OUTCOMES, type StateOutcome } from '../../../protocol/outcomes.ts'
import type { OutcomeCounts, RunState } from '../../../protocol/report.ts'
import type { Style } from './style.ts'

/** Selects the colour of an outcome or of a run's state. Pure. */
export function paintOf(word: StateOutcome | CheckOutcome | RunState, { colours }: Style): (text: string) => string {
  switch (word) {
    case 'changed':
    case 'reverted':
    case 'would-change':
    case 'may-change':
    case 'superseded':
      return colours.yellow
    case 'failed':
    case 'blocked':
    case 'interrupted':
    case 'expired':
    case 'cancelled':
      return colours.red
    case 'unchanged':
    case 'passed':
    case 'done':
      return colours.green
    default:
      return colours.dim
  }
}

/**
 * Formats counts, notable ones first: `2 changed, 40 unchanged`. Always includes `changed` (`would-change` in a test), even
 * when it is 0. Pure.
 */
export function countsText(counts: OutcomeCounts, test: boolean): string {
  const shown = STATE_OUTCOMES.filter(outcome => outcome !== 'unchanged' && (counts[outcome] ?? 0) > 0)
  const main: StateOutcome = test ? 'would-change' : 'changed'
  const words = shown.map(outcome => `${counts[outcome]} ${outcome}`)
  if (!shown.includes(main)) words.unshift(`0 ${main}`)
  return [...words, `${counts.unchanged ?? 0} unchanged`].join(', ')
}

/** Formats check results: `, 1 of 3 checks failed`, or `, 3 checks passed`; empty when there are none. Pure. */
export function checksText(checks: readonly CheckResult[]): string {
  if (checks.length === 0) return ''
  const of = (outcome: CheckOutcome): number => checks.filter(check => check.outcome === outcome).length
  const named = checks.length === 1 ? '1 check' : `${checks.length} checks`
  if (of('failed') > 0) return `, ${of('failed')} of ${named} failed`
  return of('passed') === checks.length ? `, ${named} passed` : `, ${of('passed')} of ${named} passed`
}
