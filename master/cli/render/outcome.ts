import type { OutcomeCounts, RunState, StateOutcome } from '../../../protocol/report.ts'
import { STATE_OUTCOMES } from '../../../protocol/report.ts'
import type { Style } from './style.ts'

/** The colour of an outcome or a run's state. Pure. */
export function paintOf(word: StateOutcome | RunState, { colours }: Style): (text: string) => string {
  switch (word) {
    case 'changed':
    case 'reverted':
    case 'would-change':
    case 'may-change':
      return colours.yellow
    case 'failed':
    case 'blocked':
    case 'interrupted':
    case 'expired':
    case 'cancelled':
      return colours.red
    case 'unchanged':
    case 'done':
      return colours.green
    default:
      return colours.dim
  }
}

/** `2 changed, 40 unchanged`, the notable first; `0 changed` (or `0 would-change`) is said too. Pure. */
export function countsText(counts: OutcomeCounts, test: boolean): string {
  const shown = STATE_OUTCOMES.filter(outcome => outcome !== 'unchanged' && (counts[outcome] ?? 0) > 0)
  const main: StateOutcome = test ? 'would-change' : 'changed'
  const words = shown.map(outcome => `${counts[outcome]} ${outcome}`)
  if (!shown.includes(main)) words.unshift(`0 ${main}`)
  return [...words, `${counts.unchanged ?? 0} unchanged`].join(', ')
}
