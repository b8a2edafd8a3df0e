import type { Problem } from '../../../protocol/errors.ts'
import { lastVersions } from './program-text.ts'

/**
 * Shortens a problem to what caused it, where there is no room for all of it: without the program or file that its first line begins
 * with, and of the output of a program the last line. Pure.
 */
export function causeOf({ message }: Pick<Problem, 'message'>): string {
  const [first = '', ...quoted] = lastVersions(message)
  const [, cause] = BEFORE_CAUSE.exec(first) ?? []
  if (cause === undefined) return first
  return cause === '' ? (quoted.findLast(line => line.trim() !== '') ?? first) : cause
}

/** Up to the first colon that is not between backticks, if that part quotes something; then the cause. */
const BEFORE_CAUSE = /^[^:`]*`[^`]*`(?:`[^`]*`|[^:`])*:(?: |$)(.*)$/
