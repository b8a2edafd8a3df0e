type CheckStatus = 'ok' | 'warning' | 'problem' | 'unknown'

type CheckSubject =
  | 'installation'
  | 'state'
  | 'clock'
  | 'dns'
  | 'listening'
  | 'certificates'
  | 'disk'
  | 'store'
  | 'versions'
  | 'keys'
  | 'backup'
  | 'delivery'

/** One check of a master: what was found, and what to do about it. */
export interface Check {
  readonly subject: CheckSubject
  /** What was looked at, for example `unit`; unique within its subject. */
  readonly check: string
  readonly status: CheckStatus
  readonly found: string
  /** Present unless the status is `ok`, if there is something to expect. */
  readonly expected?: string
  /** What to type or do; present unless the status is `ok`. */
  readonly action?: string
}

/** A fact, or why it is not known. */
export type Fact<T> = { readonly value: T } | { readonly unknown: string }

/** What to do when a fact is not known for want of permission or of a program. */
export const AS_ROOT = 'Type `master doctor` as root on the machine of the master.'

/** Decides about a fact; one that is not known gives a check with the status `unknown`. Pure. */
export function judged<T>(
  { subject, check, action = AS_ROOT }: Pick<Check, 'subject' | 'check' | 'action'>,
  fact: Fact<T>,
  decide: (value: T) => readonly Check[],
): readonly Check[] {
  if ('value' in fact) return decide(fact.value)
  return [{ subject, check, status: 'unknown', found: fact.unknown, action }]
}

export const DAY_MS = 86_400_000
