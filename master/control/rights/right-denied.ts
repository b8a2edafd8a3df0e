import { AppError } from '../../../protocol/errors.ts'
import { verbRight } from './verb-rights.ts'

/** A refusal, with what the log says of it. */
export class RightDenied extends AppError {
  readonly verb: string
  /** None: the verb as a whole is not his. */
  readonly minions: readonly string[]

  constructor(operator: string, verb: string, minions: readonly string[]) {
    const named = minions.slice(0, 5).join(', ')
    const more = minions.length > 5 ? ` and ${minions.length - 5} more` : ''
    super({
      code: 'RIGHT_DENIED',
      message: `${operator} may not \`${verb}\`${minions.length === 0 ? '' : ` on ${named}${more}`}`,
      hint:
        verbRight(verb)?.on === 'fleet'
          ? 'It is about the whole fleet: a right to it stands in fleet.yml with `target: "*"`; ask who keeps it.'
          : 'Rights stand in fleet.yml under `operators`; ask who keeps it.',
    })
    this.verb = verb
    this.minions = minions
  }
}

/** RIGHT_DENIED, the same sentence at every door; without minions the verb as a whole is not his. Pure. */
export function rightDenied(operator: string, verb: string, minions: readonly string[]): AppError {
  return new RightDenied(operator, verb, minions)
}
