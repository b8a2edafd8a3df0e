import { access, constants, open, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { AppError } from '../../protocol/errors.ts'

/** What was to be started, and how. */
export interface FailedSpawn {
  readonly program: string
  readonly cwd: string | undefined
  /** The `PATH` that was searched for a bare name. */
  readonly path: string
}

/**
 * Finds out why a program could not be started, since execve(2) uses one errno for several causes. Returns PROGRAM_CWD,
 * PROGRAM_MISSING or PROGRAM_NOT_EXECUTABLE.
 */
export async function spawnFailure(cause: NodeJS.ErrnoException, failed: FailedSpawn): Promise<AppError> {
  const { program, cwd } = failed
  const directory = cwd === undefined ? undefined : await wrongDirectory(cwd)
  if (directory !== undefined) {
    return new AppError(
      {
        code: 'PROGRAM_CWD',
        message: `the working directory \`${cwd}\` ${directory}`,
        hint: 'Correct `cwd`, or require the state that creates it.',
      },
      { cause },
    )
  }
  const file = await find(failed)
  if (file === undefined) {
    return new AppError(
      {
        code: 'PROGRAM_MISSING',
        message: `the program \`${program}\` does not exist on this host`,
        hint: 'Require the package that provides it.',
      },
      { cause },
    )
  }
  const { reason, hint } = await whyNot(file, cause)
  return new AppError({ code: 'PROGRAM_NOT_EXECUTABLE', message: `the program \`${file}\` ${reason}`, hint }, { cause })
}

async function wrongDirectory(cwd: string): Promise<string | undefined> {
  const status = await stat(cwd).catch((error: NodeJS.ErrnoException) => error)
  if (status instanceof Error) return status.code === 'ENOENT' ? 'does not exist' : `cannot be entered (${status.code})`
  if (!status.isDirectory()) return 'is not a directory'
  return await access(cwd, constants.X_OK).then(
    () => undefined,
    () => 'cannot be entered',
  )
}

/** Finds the path of a program; a name with a slash is relative to the working directory. */
async function find({ program, cwd, path }: FailedSpawn): Promise<string | undefined> {
  const places = program.includes('/')
    ? [isAbsolute(program) ? program : join(cwd ?? '/', program)]
    : path.split(delimiter).map(directory => join(directory, program))
  for (const place of places) {
    if ((await stat(place).catch(() => undefined)) !== undefined) return place
  }
  return undefined
}

async function whyNot(
  file: string,
  cause: NodeJS.ErrnoException,
): Promise<{ readonly reason: string; readonly hint: string }> {
  const status = await stat(file).catch(() => undefined)
  if (status?.isDirectory() === true) return { reason: 'is a directory', hint: 'Name a file in it.' }
  const mayRun = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!mayRun) return { reason: 'is not executable', hint: `Give it a mode with execute permission: \`mode: "0755"\`.` }
  const [, interpreter] = /^#![ \t]*([^ \t\n]+)/.exec(await firstBytes(file)) ?? []
  if (interpreter?.endsWith('\r') === true) {
    return {
      reason: `names the interpreter \`${JSON.stringify(interpreter).slice(1, -1)}\` in its first line, which ends with a carriage return`,
      hint: 'Save the script with Unix line ends (LF).',
    }
  }
  if (interpreter !== undefined && (await stat(interpreter).catch(() => undefined)) === undefined) {
    return {
      reason: `names the interpreter \`${interpreter}\` in its first line, which does not exist on this host`,
      hint: 'Require the package that provides it, or correct the first line.',
    }
  }
  return { reason: `could not be started (${cause.code ?? cause.message})`, hint: 'Run it on the host to see more.' }
}

async function firstBytes(file: string): Promise<string> {
  try {
    const opened = await open(file)
    try {
      const { buffer, bytesRead } = await opened.read(Buffer.alloc(256), 0, 256, 0)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await opened.close()
    }
  } catch {
    return ''
  }
}
