import type { ResultOf, VerbName } from '../verbs/index.ts'
import { answerTo } from './commands/index.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { View } from './invocation.ts'
import type { Style } from './render/style.ts'

/** What an operator gets of a result. */
export interface Shown {
  readonly text: string
  readonly exit: ExitCode
  /** Hints for stderr that are not part of it. */
  readonly aside: string
}

/** A result as text, or as JSON when that is wanted. */
export async function answerOf<Verb extends VerbName>(
  verb: Verb,
  result: ResultOf<Verb>,
  style: Style,
  view: View,
): Promise<Shown> {
  const answer = answerTo(verb)
  const exit = answer.exitCode?.(result as never, view) ?? EXIT.fine
  if (view.json) return { text: `${JSON.stringify(result, null, 2)}\n`, exit, aside: '' }
  return { text: await answer.render(result as never, style, view), exit, aside: answer.aside?.(result as never) ?? '' }
}
