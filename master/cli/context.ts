import type { Writable } from 'node:stream'
import type { ApiClient } from '../api/client.ts'
import type { Invocation } from './invocation.ts'
import type { Style } from './render/style.ts'

/** Input and output of a command; passed in so that a test can replace the terminal. */
export interface CliContext {
  /** Prints the result. */
  readonly out: (text: string) => void
  /** Prints progress and problems. */
  readonly err: (text: string) => void
  /** stdout and stderr for raw bytes: the output of a program, a file, a connection. */
  readonly stdout: () => Writable
  readonly stderr: () => Writable
  readonly outStyle: Style
  readonly errStyle: Style
  /** True when lines can be redrawn. */
  readonly errIsTerminal: boolean
  /** The current size of the terminal. */
  readonly errSize: () => { readonly columns: number; readonly rows: number }
  /** Keyboard or piped input. Code that reads it or sets raw mode must release it when done. */
  readonly stdin: () => NodeJS.ReadStream
  readonly readStdin: () => Promise<string>
  readonly stdinIsTerminal: boolean
  /** Aborted by ctrl-C; ends all waiting. */
  readonly signal: AbortSignal
  readonly connect: (socket: string | undefined) => ApiClient
}

/** Performs an invocation and returns its exit code. Never throws for an error of a user or the master. */
export type Perform = (context: CliContext, invocation: Invocation) => Promise<number>
