import { readFile } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import { hiddenLine } from '../../protocol/hidden-line.ts'
import type { CliContext } from './context.ts'

const SHORTEST = 8

/**
 * Reads the passphrase of a backup: the first line of a file or of stdin. At a terminal, prompts without echo, and twice for a
 * new passphrase.
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
    message: `a passphrase must have at least ${SHORTEST} characters, got ${passphrase.length === 0 ? 'none' : passphrase.length}`,
    hint: 'Give it on stdin or with `--passphrase-file FILE`, never as an argument.',
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
  const line = (prompt: string): Promise<string> =>
    hiddenLine({ prompt, write: err, stdin: stdin(), interrupted: 'no passphrase was given' })
  const first = await line('Passphrase of the backup: ')
  if (!isNew) return first
  if ((await line('Repeat the passphrase: ')) === first) return first
  throw new AppError({ code: 'USAGE', message: 'the two passphrases differ', hint: 'Try again; nothing was written.' })
}
