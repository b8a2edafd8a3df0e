import { openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { ReadStream } from 'node:tty'

/** The result of one read from the keyboard. */
interface Typed {
  /** One line, or several that were pasted at once. */
  readonly lines: readonly string[]
  /** How it ended: Enter, Ctrl-C, or Ctrl-D and a lost terminal. */
  readonly by: 'enter' | 'interrupt' | 'end'
  /** Text typed after the last line: it belongs to the next read. */
  readonly begun: string
}

interface Reading {
  readonly prompt: string
  /** Newest first. */
  readonly history: readonly string[]
  readonly begun: string
  /** Returns completions for the line before the cursor: the candidates, and the end of the line that they replace. */
  readonly offer: (line: string) => Promise<[string[], string]>
}

export interface Keyboard {
  /** Reads lines. Between two reads, the terminal is as programs expect it, and the shell does not listen to it. */
  read(reading: Reading): Promise<Typed>
  /** The input stream for what runs between two reads. */
  stream(): NodeJS.ReadStream
}

/** Creates the keyboard of this process's terminal. */
export function createKeyboard(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): Keyboard {
  let own: NodeJS.ReadStream | undefined
  // A verb that read up to Ctrl-D has used up its stream, but the terminal still exists.
  const stream = (): NodeJS.ReadStream => {
    const usable = (one: NodeJS.ReadStream): boolean => !one.readableEnded && !one.destroyed
    if (usable(stdin)) return stdin
    if (own === undefined || !usable(own)) own = new ReadStream(openSync('/dev/tty', 'r'))
    return own
  }
  return { stream, read: reading => readLines(stream(), stdout, reading) }
}

function readLines(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  { prompt, history, begun, offer }: Reading,
): Promise<Typed> {
  return new Promise(resolve => {
    const lines: string[] = []
    let interrupted = false
    const editor = createInterface({
      input,
      output,
      prompt,
      terminal: true,
      history: [...history],
      historySize: history.length + 1,
      removeHistoryDuplicates: true,
      completer: (line: string, give: (error: Error | null, offered: [string[], string]) => void) => {
        offer(line).then(
          offered => give(null, offered),
          () => give(null, [[], line]),
        )
      },
    })
    editor.on('line', line => {
      // Pasted text arrives as several lines in one go: end after the last of them.
      if (lines.push(line) === 1) queueMicrotask(() => editor.close())
    })
    editor.on('SIGINT', () => {
      interrupted = true
      output.write('^C\n')
      editor.close()
    })
    // Ignore Ctrl-Z: in a login shell, nothing could resume it.
    editor.on('SIGTSTP', () => undefined)
    // A lost terminal ends the input.
    const lost = (): void => editor.close()
    input.once('error', lost)
    editor.once('close', () => {
      input.off('error', lost)
      const by = interrupted ? 'interrupt' : lines.length > 0 ? 'enter' : 'end'
      resolve({ lines, by, begun: by === 'enter' ? editor.line : '' })
    })
    editor.prompt()
    if (begun !== '') editor.write(begun)
  })
}
