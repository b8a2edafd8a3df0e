import { readFile } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import type { CliContext } from './context.ts'

const SHORTEST = 8

/**
 * The passphrase of a backup: the first line of a file or of stdin; at a terminal it is asked for and not shown, twice
 * when it is a new one.
 */
export async function readPassphrase(
  context: Pick<CliContext, 'err' | 'stdin' | 'readStdin' | 'stdinIsTerminal'>,
  file: string | undefined,
  isNew: boolean,
): Promise<string> {
  const text =
    file !== undefined
      ? await fromFile(file)
      : context.stdinIsTerminal
        ? await ask(context, isNew)
        : await context.readStdin()
  const passphrase = text.split(/\r?\n/)[0] ?? ''
  if (passphrase.length >= SHORTEST) return passphrase
  throw new AppError({
    code: 'USAGE',
    message: `a passphrase has at least ${SHORTEST} characters, got ${passphrase.length === 0 ? 'none' : passphrase.length}`,
    hint: 'Give it on stdin or with `--passphrase-file FILE`, never as a word.',
  })
}

async function fromFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AppError(
      { code: 'USAGE', message: `the file of the passphrase cannot be read: ${cause.message}` },
      { cause },
    )
  })
}

async function ask({ err, stdin }: Pick<CliContext, 'err' | 'stdin'>, isNew: boolean): Promise<string> {
  const first = await hiddenLine('Passphrase of the backup: ', err, stdin())
  if (!isNew) return first
  if ((await hiddenLine('The same again: ', err, stdin())) === first) return first
  throw new AppError({ code: 'USAGE', message: 'the two passphrases differ', hint: 'Try again; nothing was written.' })
}

function hiddenLine(prompt: string, err: (text: string) => void, stdin: NodeJS.ReadStream): Promise<string> {
  err(prompt)
  stdin.setRawMode(true)
  stdin.resume()
  let typed = ''
  return new Promise((resolve, reject) => {
    const end = (): void => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      err('\n')
    }
    const onData = (data: Buffer): void => {
      for (const character of data.toString('utf8')) {
        if (character === '\r' || character === '\n') {
          end()
          return resolve(typed)
        }
        if (character === '\u0003' || character === '\u0004') {
          end()
          return reject(new AppError({ code: 'CALL_INTERRUPTED', message: 'no passphrase was given' }))
        }
        typed = character === '\u007f' || character === '\b' ? typed.slice(0, -1) : typed + character
      }
    }
    stdin.on('data', onData)
  })
}
