import { AppError, problemsOf } from '../../protocol/errors.ts'
import { hiddenLine } from '../../protocol/hidden-line.ts'
import type { ApplyEvent } from '../jobs/results.ts'
import type { RunbookEventLine } from '../runbooks/rows.ts'
import type { EventOfVerb, InputOf, VerbName } from '../verbs/index.ts'
import { readAnchors } from './anchors.ts'
import { answerOf } from './answer.ts'
import type { CliContext } from './context.ts'
import { EXIT, type ExitCode, exitOfProblems } from './exit-codes.ts'
import type { Invocation, View } from './invocation.ts'
import { createProgress } from './progress.ts'
import { renderEvent } from './render/lists.ts'
import { renderProblems } from './render/problems.ts'
import { runbookLine } from './render/runbook.ts'

type CallInvocation = Extract<Invocation, { readonly kind: 'call' | 'pillar-set' | 'audit-verify' }>

/** Calls a verb and shows what comes. Never throws for what a user or the master did wrong. */
export async function runCall(context: CliContext, invocation: CallInvocation): Promise<ExitCode> {
  const { view } = invocation
  try {
    if (invocation.kind === 'pillar-set') {
      const { path, file, short, socket } = invocation
      const value = await secretValue(context, path)
      const input = { path, value, short, ...(file === undefined ? {} : { file }) }
      return await show(context, 'pillar-set', input, view, socket)
    }
    if (invocation.kind === 'audit-verify') {
      const { against, socket } = invocation
      const anchors = against === undefined ? [] : await readAnchors(against, context.readStdin)
      return await show(context, 'audit-verify', { anchors: [...anchors] }, view, socket)
    }
    const { call, socket } = invocation
    if (call.notice !== undefined) context.err(`${call.notice}\n`)
    return await show(context, call.verb, call.input, view, socket)
  } catch (thrown) {
    return showProblems(context, thrown, view)
  }
}

/** Problems go to stderr, as JSON on stdout when that is wanted. */
export function showProblems(
  context: Pick<CliContext, 'out' | 'err' | 'errStyle'>,
  thrown: unknown,
  view: View,
): ExitCode {
  const problems = problemsOf(thrown)
  if (view.json) context.out(`${JSON.stringify({ problems }, null, 2)}\n`)
  else context.err(renderProblems(problems, context.errStyle))
  return exitOfProblems(problems)
}

async function show<Verb extends VerbName>(
  context: CliContext,
  verb: Verb,
  input: InputOf<Verb>,
  view: View,
  socket: string | undefined,
): Promise<ExitCode> {
  const progress = createProgress(context)
  const isJob = verb === 'apply' || verb === 'test'
  const onEvent = (event: EventOfVerb<Verb>): void => {
    if (verb === 'events') {
      const line = event as EventOfVerb<'events'>
      context.out(view.json ? `${JSON.stringify(line)}\n` : renderEvent(line, context.outStyle))
    } else if (isJob && !view.quiet) progress.on(event as ApplyEvent)
    else if (verb.startsWith('runbook-') && !view.quiet) {
      const line = runbookLine(event as RunbookEventLine, context.errStyle)
      if (line !== undefined) context.err(`${line}\n`)
    }
  }
  try {
    const result = await context.connect(socket).call(verb, input, onEvent)
    if (isJob && !view.quiet) progress.end()
    if (verb === 'events') return 0
    const answer = await answerOf(verb, result, context.outStyle, view)
    context.out(answer.text)
    context.err(answer.aside)
    return answer.exit
  } catch (thrown) {
    if (isJob && !view.quiet) progress.end()
    // Whoever follows the log ends it so.
    if (verb === 'events' && isInterruption(thrown)) return EXIT.interrupted
    throw thrown
  }
}

function isInterruption(thrown: unknown): boolean {
  return thrown instanceof AppError && thrown.code === 'CALL_INTERRUPTED'
}

/** The value of `pillar set`: at a terminal one line that is not shown, else all of stdin without its last line break. */
async function secretValue({ err, readStdin, stdin, stdinIsTerminal }: CliContext, path: string): Promise<string> {
  const text = stdinIsTerminal
    ? await hiddenLine({
        prompt: `Value of ${path} (one line, not shown; Enter ends it): `,
        write: err,
        stdin: stdin(),
        interrupted: 'no value was given',
      })
    : (await readStdin()).replace(/\r?\n$/, '')
  if (text !== '') return text
  throw new AppError({
    code: 'USAGE',
    message: 'pillar set: expected a value at the terminal or on stdin, found nothing',
    hint: `For a value of several lines: \`master pillar set ${path} < file\`.`,
  })
}
