import { AppError } from './errors.ts'

/** What a prompt needs of a terminal; `process.stdin` has it. */
interface RawInput {
  setRawMode(raw: boolean): unknown
  resume(): unknown
  pause(): unknown
  on(event: 'data', listener: (data: Buffer) => void): unknown
  on(event: 'end', listener: () => void): unknown
  off(event: 'data', listener: (data: Buffer) => void): unknown
  off(event: 'end', listener: () => void): unknown
}

export interface HiddenLineWish {
  readonly prompt: string
  readonly write: (text: string) => void
  readonly stdin: RawInput
  /** Ends the prompt like ctrl-C. */
  readonly signal?: AbortSignal
  /** The message of CALL_INTERRUPTED, such as "no passphrase was given". */
  readonly interrupted: string
}

/**
 * Prompts for one line at a terminal without showing what is typed or pasted; Enter ends it, Backspace deletes a character.
 * Throws CALL_INTERRUPTED after ctrl-C, ctrl-D, the end of the terminal or the signal. The terminal is restored in every case.
 */
export function hiddenLine({ prompt, write, stdin, signal, interrupted }: HiddenLineWish): Promise<string> {
  // Before the prompt: text pasted immediately must not be shown either.
  stdin.setRawMode(true)
  write(prompt)
  let typed = ''
  return new Promise((resolve, reject) => {
    const end = (): void => {
      stdin.off('data', onData)
      stdin.off('end', onEnd)
      signal?.removeEventListener('abort', onEnd)
      stdin.setRawMode(false)
      stdin.pause()
      write('\n')
    }
    const onEnd = (): void => {
      end()
      reject(new AppError({ code: 'CALL_INTERRUPTED', message: interrupted }))
    }
    const onData = (data: Buffer): void => {
      for (const character of data.toString('utf8')) {
        if (character === '\r' || character === '\n') {
          end()
          return resolve(typed)
        }
        if (character === '\u0003' || character === '\u0004') return onEnd()
        typed = character === '\u007f' || character === '\b' ? typed.slice(0, -1) : typed + character
      }
    }
    stdin.on('data', onData)
    stdin.on('end', onEnd)
    signal?.addEventListener('abort', onEnd, { once: true })
    stdin.resume()
    if (signal?.aborted === true) onEnd()
  })
}
