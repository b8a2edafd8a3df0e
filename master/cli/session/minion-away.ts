import { AppError } from '../../../protocol/errors.ts'

/** MINION_AWAY, for what needs the minion now. Pure. */
export function isAway(minion: string): AppError {
  return new AppError({
    code: 'MINION_AWAY',
    message: `\`${minion}\` is offline`,
    hint: `See since when: \`master minions ${minion}\`.`,
  })
}
