import type { ApiClient } from '../api/client.ts'
import type { Style } from './render/style.ts'

/** Where the words of a command go to and come from; handed in, so that a test can be the terminal. */
export interface CliContext {
  /** The answer. */
  readonly out: (text: string) => void
  /** Progress and problems. */
  readonly err: (text: string) => void
  readonly outStyle: Style
  readonly errStyle: Style
  /** True: a line can be drawn again. */
  readonly errIsTerminal: boolean
  readonly readStdin: () => Promise<string>
  readonly stdinIsTerminal: boolean
  readonly connect: (socket: string | undefined) => ApiClient
}
