import { AppError } from '../../protocol/errors.ts'
import type { Caller } from './caller.ts'

export interface Denial {
  readonly caller: Pick<Caller, 'operator' | 'rights'>
  readonly verb: string
  /** Minions that the operator can see, or that the request names. Empty, without `hidden`: the verb as a whole is refused. */
  readonly minions: readonly string[]
  /**
   * Minions that the operator cannot see. The audit log names them; the answer discloses neither their names nor their number.
   */
  readonly hidden?: readonly string[]
  readonly hint?: string
}

/** A refusal of one or more verbs, with the details for the audit log. */
export class RightDenied extends AppError {
  /** For the audit log; includes hidden minions. No minions: the verb as a whole is refused. */
  readonly denied: readonly { readonly verb: string; readonly minions: readonly string[] }[]

  constructor(...denials: readonly [Denial, ...Denial[]]) {
    super(
      denials.map(({ caller, verb, minions, hidden = [], hint }) => ({
        code: 'RIGHT_DENIED' as const,
        message: `${caller.operator} may not \`${verb}\`${onWhom(minions, hidden.length > 0)}`,
        hint: hint ?? usualHint(caller, verb),
      })),
    )
    this.denied = denials.map(({ verb, minions, hidden = [] }) => ({ verb, minions: [...minions, ...hidden] }))
  }
}

function onWhom(minions: readonly string[], others: boolean): string {
  if (minions.length === 0) return others ? ' on all of these minions' : ''
  const named = minions.slice(0, 5).join(', ')
  const more = minions.length > 5 ? ` and ${minions.length - 5} more` : ''
  return ` on ${named}${more}`
}

function usualHint({ rights }: Denial['caller'], verb: string): string {
  return rights.needsFleet(verb)
    ? 'Ask the maintainer of fleet.yml for a right with `target: "*"`: this verb concerns the whole fleet.'
    : 'Ask the maintainer of fleet.yml for a right, under `operators`.'
}

/**
 * Creates a RIGHT_DENIED error with the same wording on every listener; without minions, the verb as a whole is refused. Pure.
 */
export function rightDenied(caller: Denial['caller'], verb: string, minions: readonly string[]): AppError {
  return new RightDenied({ caller, verb, minions })
}
