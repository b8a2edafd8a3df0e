/** Outcome of one state (docs/design.md F5). */
export const STATE_OUTCOMES = [
  'unchanged',
  'changed',
  'would-change',
  'may-change',
  'failed',
  'blocked',
  'skipped',
  'reverted',
  'interrupted',
  'not-run',
] as const
export type StateOutcome = (typeof STATE_OUTCOMES)[number]

/** `may-change`: a dry run in which something it depends on would change. `not-run`: the run ended before. */
export const CHECK_OUTCOMES = ['passed', 'failed', 'may-change', 'not-run'] as const
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number]
