import type { ResultOf, VerbName } from '../verbs/index.ts'
import { answerTo } from './commands/index.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { View } from './invocation.ts'
import { dataText, isData } from './output.ts'
import type { Style } from './render/style.ts'

/** Output of a command. */
export interface Shown {
  readonly text: string
  readonly exit: ExitCode
  /** Hints for stderr that are not part of the result. */
  readonly aside: string
}

/** A result in the output format that is wanted. */
export async function answerOf<Verb extends VerbName>(
  verb: Verb,
  result: ResultOf<Verb>,
  style: Style,
  view: View,
): Promise<Shown> {
  const answer = answerTo(verb)
  const exit = answer.exitCode?.(result as never, view) ?? EXIT.fine
  if (isData(view)) return { text: dataText(result, view), exit, aside: '' }
  const format = answer.formats?.[view.output]
  if (format !== undefined) return { text: await format(result as never), exit, aside: '' }
  const text = await answer.render(result as never, style, view, exit)
  return { text, exit, aside: answer.aside?.(result as never) ?? '' }
}
