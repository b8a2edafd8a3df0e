import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../../protocol/errors.ts'
import { type Cast, parseCast } from '../../recordings/cast.ts'
import type { RecordingPage, SessionLine } from '../../verbs/sessions.ts'
import type { CliContext } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { PlayWords } from '../invocation.ts'
import { dataText, isData } from '../output.ts'
import { type Pace, plainText, playback, type Step, terminalAgain } from '../render/playback.ts'
import { safe } from '../render/style.ts'
import { duration, moment } from '../render/time.ts'
import { showProblems } from '../run.ts'
import { makeRaw } from './raw-terminal.ts'

type Wait = (ms: number, signal: AbortSignal) => Promise<void>

const wait: Wait = (ms, signal) => pause(ms, undefined, { signal })

/** Replays a recording. Never throws for an error of a user or the master. */
export async function play(context: CliContext, words: PlayWords, waiting: Wait = wait): Promise<ExitCode> {
  try {
    const { session, text } = await fetchRecording(context, words)
    if (words.how === 'cast') context.out(text)
    if (words.how === 'cast') return EXIT.fine
    const cast = parseCast(text)
    if (cast === undefined) throw unreadable(session.session)
    if (isData(words.view)) context.out(dataText({ session, ...cast }, words.view))
    else if (words.how === 'plain') context.out(plainText(cast))
    else return await replay(context, session, cast, words, waiting)
    return EXIT.fine
  } catch (thrown) {
    return showProblems(context, thrown, words.view)
  }
}

async function fetchRecording(
  context: CliContext,
  { session, socket }: PlayWords,
): Promise<{ readonly session: SessionLine; readonly text: string }> {
  const client = context.connect(socket)
  const parts: string[] = []
  let from: number | undefined = 0
  let line: SessionLine | undefined
  while (from !== undefined) {
    const page: RecordingPage = await client.call('session-play', { session, from })
    parts.push(page.text)
    line = page.session
    from = page.next
  }
  if (line === undefined) throw unreadable(session)
  return { session: line, text: parts.join('') }
}

async function replay(
  context: CliContext,
  line: SessionLine,
  cast: Cast,
  pace: Pace,
  waiting: Wait,
): Promise<ExitCode> {
  const { width, height } = cast.header
  const took = line.durationMs === undefined ? '' : `, ${duration(line.durationMs)}`
  context.err(
    `${safe(line.operator)} at ${safe(line.minion)}, ${moment(line.openedAt)} UTC${took}; ctrl-C or q ends it\n`,
  )
  if (context.stdinIsTerminal && context.outStyle.width < width) {
    context.err(`It was recorded in ${width}x${height}: make this terminal as large.\n`)
  }
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, context.signal])
  const release = context.stdinIsTerminal ? hearKeys(context.stdin(), () => stop.abort()) : undefined
  const shown: Step[] = []
  try {
    for (const step of playback(cast, pace)) {
      if (step.waitMs >= 1) await waiting(step.waitMs, signal)
      signal.throwIfAborted()
      shown.push(step)
      context.out(step.text)
    }
    return EXIT.fine
  } catch (thrown) {
    if (!signal.aborted) throw thrown
    return EXIT.interrupted
  } finally {
    release?.()
    if (shown.length > 0) context.out(terminalAgain(shown))
  }
}

/** Ends playback on `q` or ctrl-C. Otherwise keys typed meanwhile would reach the shell afterwards. */
function hearKeys(stdin: NodeJS.ReadStream, onEnd: () => void): () => void {
  const onData = (data: Buffer | string): void => {
    if (['\u0003', 'q'].some(key => data.toString().includes(key))) onEnd()
  }
  const release = makeRaw(stdin)
  stdin.on('data', onData)
  stdin.resume()
  return () => {
    stdin.off('data', onData)
    release()
    stdin.pause()
  }
}

function unreadable(session: string): AppError {
  return new AppError({
    code: 'RECORDING_ALTERED',
    message: `the recording of \`${session}\` is not an asciicast`,
    hint: `Look at it: \`master sessions show ${session}\`.`,
  })
}
