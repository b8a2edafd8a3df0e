import { AppError, problemsOf } from '../../protocol/errors.ts'
import { hiddenLine } from '../../protocol/hidden-line.ts'
import type { ApplyEvent } from '../jobs/results.ts'
import type { RunbookEventLine } from '../runbooks/rows.ts'
import type { EventOfVerb, ResultOf, VerbName } from '../verbs/index.ts'
import { answerOf } from './answer.ts'
import type { CliContext } from './context.ts'
import { EXIT, type ExitCode, exitOfProblems } from './exit-codes.ts'
import { readGivenCheckpoints } from './given-checkpoints.ts'
import type { Call, Invocation, View } from './invocation.ts'
import { createProgress, createRunbookProgress } from './live/progress.ts'
import { dataText, eventText, isData, problemsData } from './output.ts'
import { annotationsOf, annotationText } from './render/formats/annotation.ts'
import { renderEvent } from './render/lists.ts'
import { renderProblems } from './render/problems.ts'

/** Verbs that send the events of a job. */
const JOB_VERBS: ReadonlySet<VerbName> = new Set(['apply', 'test', 'orphans-remove', 'orphans-forget'])

type CallInvocation = Extract<Invocation, { readonly kind: 'call' | 'pillar-set' | 'audit-verify' }>

/** Calls a verb and shows its events and result. Never throws for an error of a user or the master. */
export async function runCall(context: CliContext, invocation: CallInvocation): Promise<ExitCode> {
  const { view, socket } = invocation
  const progress = createProgress(context)
  const steps = createRunbookProgress(context)
  try {
    const { verb, input, notice } = await callOf(context, invocation)
    if (notice !== undefined) context.err(`${notice}\n`)
    const result = await context.connect(socket).call(verb, input, event => {
      if (view.output === 'ndjson') {
        if (!view.quiet || verb === 'events') context.out(eventText(event))
      } else if (verb === 'events') {
        const line = event as EventOfVerb<'events'>
        context.out(view.output === 'json' ? `${JSON.stringify(line)}\n` : renderEvent(line, context.outStyle))
      } else if (view.quiet) return
      else if (JOB_VERBS.has(verb)) progress.on(event as ApplyEvent)
      else if (verb.startsWith('runbook-')) steps.on(event as RunbookEventLine)
    })
    progress.end()
    steps.end()
    if (verb === 'events') {
      if (view.output === 'ndjson') context.out(dataText(result, view))
      return EXIT.fine
    }
    const answer = await answerOf(verb, result as ResultOf<typeof verb>, context.outStyle, viewOf(view, input))
    context.out(answer.text)
    context.err(answer.aside)
    return answer.exit
  } catch (thrown) {
    progress.end()
    steps.end()
    return isEndOfEvents(invocation, thrown) ? EXIT.interrupted : showProblems(context, thrown, view)
  }
}

/** Builds the call, reading its input from stdin or files where needed. */
async function callOf(context: CliContext, invocation: CallInvocation): Promise<Call> {
  switch (invocation.kind) {
    case 'call':
      return invocation.call
    case 'pillar-set': {
      const { path, file, short } = invocation
      const value = await secretValue(context, path)
      return { verb: 'pillar-set', input: { path, value, short, ...(file === undefined ? {} : { file }) } }
    }
    case 'audit-verify': {
      const { against } = invocation
      const given = against === undefined ? [] : await readGivenCheckpoints(against, context.readStdin)
      return { verb: 'audit-verify', input: { given: [...given] } }
    }
    default:
      return invocation satisfies never
  }
}

/** Problems go to stderr, as data on stdout when that is wanted. */
export function showProblems(
  context: Pick<CliContext, 'out' | 'err' | 'errStyle'>,
  thrown: unknown,
  view: View,
): ExitCode {
  const problems = problemsOf(thrown)
  if (isData(view)) context.out(problemsData(problems, view))
  else if (view.output === 'github') context.out(annotationText(annotationsOf(problems, 'error')))
  else context.err(renderProblems(problems, context.errStyle))
  return exitOfProblems(problems)
}

/** True when ctrl-C ended `events`: that is the normal way to stop following the log. */
function isEndOfEvents(invocation: CallInvocation, thrown: unknown): boolean {
  const follows = invocation.kind === 'call' && invocation.call.verb === 'events'
  return follows && thrown instanceof AppError && thrown.code === 'CALL_INTERRUPTED'
}

/** Reads the value for `pillar set`: at a terminal, one line without echo; otherwise all of stdin without its last line break. */
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

/** Adds the target of a call, for commands that repeat it. */
function viewOf(view: View, input: object): View {
  return 'target' in input && typeof input.target === 'string' ? { ...view, target: input.target } : view
}
