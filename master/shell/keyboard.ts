import { openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { ReadStream } from 'node:tty'

/** What one reading of the keyboard brought. */
interface Typed {
  /** One line, or several that were pasted at once. */
  readonly lines: readonly string[]
  /** Why it ended: enter, ctrl-C, or ctrl-D and a terminal that went away. */
  readonly by: 'enter' | 'interrupt' | 'end'
  /** What was begun after the last line: it belongs to the next reading. */
  readonly begun: string
}

interface Reading {
  readonly prompt: string
  /** Newest first. */
  readonly history: readonly string[]
  readonly begun: string
  /** What a tab offers for the line before the cursor: the words, and the end of the line that they stand in for. */
  readonly offer: (line: string) => Promise<[string[], string]>
}

export interface Keyboard {
  /** Between two readings the terminal is as programs expect it, and nobody here listens to it. */
  read(reading: Reading): Promise<Typed>
  /** For what runs between two readings. */
  stream(): NodeJS.ReadStream
}

/** The keyboard of this process's terminal. */
export function createKeyboard(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): Keyboard {
  let own: NodeJS.ReadStream | undefined
  // A verb that read to ctrl-D has used its stream up; the terminal itself is still there.
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
      // What was pasted comes as several lines in one go: the end is after the last of them.
      if (lines.push(line) === 1) queueMicrotask(() => editor.close())
    })
    editor.on('SIGINT', () => {
      interrupted = true
      output.write('^C\n')
      editor.close()
    })
    // In a login shell nobody could wake it again.
    editor.on('SIGTSTP', () => undefined)
    // A terminal that went away is the end of the typing.
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
