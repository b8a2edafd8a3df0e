import { homedir, userInfo } from 'node:os'
import type { ApiClient } from '../api/client.ts'
import { grammarOf } from '../cli/complete/grammar.ts'
import type { CliContext, Perform } from '../cli/context.ts'
import { parseCommand } from '../cli/parse.ts'
import { createProgram } from '../cli/program.ts'
import { createKeyboard } from './keyboard.ts'
import { runShell, wantedLine } from './run.ts'
import { vocabularyOf } from './vocabulary.ts'

interface Process {
  readonly perform: Perform
  readonly terminal: (signal: AbortSignal, stdin: () => NodeJS.ReadStream) => CliContext
  readonly clientOf: (socket: string | undefined, signal: AbortSignal) => Promise<ApiClient>
  /** The context of the whole process, for a non-interactive shell. */
  readonly context: CliContext
  readonly socket: string | undefined
  readonly version: string
}

/** Runs the shell of this process, with its keyboard, home and signals. */
export async function openShell(parts: Process, line: string | undefined): Promise<number> {
  const { perform, terminal, clientOf, context, socket, version } = parts
  const keyboard = createKeyboard(process.stdin, process.stdout)
  const awake = (): void => undefined
  // Ctrl-C is for what runs in the shell, never for the shell itself.
  process.on('SIGINT', awake)
  try {
    return await runShell(
      {
        perform,
        parse: words => parseCommand(words, version),
        client: signal => clientOf(socket, signal),
        vocabulary: vocabularyOf(grammarOf(createProgram(version, () => undefined))),
        socket,
        keyboard,
        terminal: signal => terminal(signal, () => keyboard.stream()),
        onInterrupt: hear => {
          process.on('SIGINT', hear)
          return () => process.off('SIGINT', hear)
        },
        now: Date.now,
        home: homedir(),
        stateHome: process.env['XDG_STATE_HOME'],
        user: userInfo().username,
      },
      context,
      wantedLine(line, process.env['SSH_ORIGINAL_COMMAND']),
    )
  } finally {
    process.off('SIGINT', awake)
  }
}
