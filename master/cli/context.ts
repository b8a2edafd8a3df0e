import type { Writable } from 'node:stream'
import type { ApiClient } from '../api/client.ts'
import type { Invocation } from './invocation.ts'
import type { Style } from './render/style.ts'

/** Where the words of a command go to and come from; handed in, so that a test can be the terminal. */
export interface CliContext {
  /** The answer. */
  readonly out: (text: string) => void
  /** Progress and problems. */
  readonly err: (text: string) => void
  /** The same two ways for bytes that are nobody's words: of a program, a file, a connection. */
  readonly stdout: () => Writable
  readonly stderr: () => Writable
  readonly outStyle: Style
  readonly errStyle: Style
  /** True: lines can be drawn again. */
  readonly errIsTerminal: boolean
  /** Of the terminal as it is now. */
  readonly errSize: () => { readonly columns: number; readonly rows: number }
  /** Where the operator types, or what is piped in. Whoever makes it raw or reads it lets go of it at his end. */
  readonly stdin: () => NodeJS.ReadStream
  readonly readStdin: () => Promise<string>
  readonly stdinIsTerminal: boolean
  /** Ctrl-C: what waits ends. */
  readonly signal: AbortSignal
  readonly connect: (socket: string | undefined) => ApiClient
}

/** Does what an invocation asks for and gives its exit code. Never throws for what a user or the master did wrong. */
export type Perform = (context: CliContext, invocation: Invocation) => Promise<number>
