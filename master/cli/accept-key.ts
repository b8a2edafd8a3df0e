import { AppError } from '../../protocol/errors.ts'
import { answerOf } from './answer.ts'
import { isConfirmed } from './confirmed.ts'
import type { CliContext } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { renderFollows } from './render/lists.ts'
import { safe } from './render/style.ts'

/**
 * Runs `master keys accept`: shows the roles that follow from the minion's id, and asks for confirmation. Throws USAGE without
 * a terminal and without `--yes`. The key that was shown is the key that is accepted.
 */
export async function acceptKey(
  context: CliContext,
  { input, yes, view, socket }: Extract<Invocation, { kind: 'key-accept' }>,
): Promise<ExitCode> {
  const client = context.connect(socket)
  const shown = yes ? undefined : await client.call('key-accept', { ...input, preview: true })
  if (shown !== undefined) {
    context.err(`${safe(shown.minion)} ${safe(shown.fingerprint)} gets ${renderFollows(shown)}.\n`)
    if (!context.stdinIsTerminal) {
      throw new AppError({
        code: 'USAGE',
        message: 'keys accept: expected a terminal for the confirmation, or `--yes`',
        hint: `Compare the fingerprint with what the minion prints, then type \`master keys accept ${shown.minion} --yes\`.`,
      })
    }
    if (!(await isConfirmed(context, 'Accept this key?'))) {
      context.err('Nothing was changed.\n')
      return EXIT.failed
    }
  }
  const result = await client.call('key-accept', { ...input, ...(shown && { fingerprint: shown.fingerprint }) })
  const answer = await answerOf('key-accept', result, context.outStyle, view)
  context.out(answer.text)
  return answer.exit
}
