import { createRequire } from 'node:module'
import { ReadStream } from 'node:tty'
import type { TerminalSize } from '../../protocol/channel.ts'
import { AppError } from '../../protocol/errors.ts'
import { heldTerminals } from '../system/held-terminals.ts'

export interface PtyWish extends TerminalSize {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: { readonly [name: string]: string }
}

/** A program that leads its own session in its own terminal. */
export interface Pty {
  readonly pid: number
  /** Reads and writes the terminal; ends, or fails with EIO, when no process has it open any more. */
  readonly stream: ReadStream
  readonly exited: Promise<{ readonly code: number; readonly signal: number }>
  resize(size: TerminalSize): void
}

/** The native part of node-pty. */
interface Native {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    columns: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helper: string,
    onExit: (code: number, signal: number) => void,
  ): { readonly fd: number; readonly pid: number; readonly pty: string }
  resize(fd: number, columns: number, rows: number): void
}

/**
 * Starts a program in a new terminal. Uses the native part of node-pty without its class, which closes the terminal 200 ms
 * after the program's exit whether or not it was read, so that a slow reader would lose the end of the output. Throws
 * SESSION_REFUSED on a platform without the native part.
 */
export function openPty({ argv, cwd, env, columns, rows }: PtyWish): Pty {
  const native = loadNative()
  const [file = '', ...args] = [...closingOf(heldTerminals()), ...argv]
  let onExit: (end: { code: number; signal: number }) => void = () => undefined
  const exited = new Promise<{ code: number; signal: number }>(resolve => {
    onExit = resolve
  })
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const { fd, pid } = native.fork(file, args, variables, cwd, columns, rows, -1, -1, true, '', (code, signal) =>
    onExit({ code, signal }),
  )
  const stream = new ReadStream(fd)
  return {
    pid,
    stream,
    exited,
    resize: size => {
      if (!stream.destroyed) native.resize(fd, size.columns, size.rows)
    },
  }
}

/**
 * Words to put before a command so that it starts without the terminals of other sessions. With the native part, only the new
 * process itself can close them, before it changes its user. `-p`: bash reads no startup file and imports no function from the
 * environment.
 */
function closingOf(held: readonly number[]): readonly string[] {
  if (held.length === 0) return []
  return ['bash', '-p', '-c', `exec ${held.map(fd => `${fd}>&-`).join(' ')}; exec "$@"`, 'bash']
}

function loadNative(): Native {
  try {
    const require = createRequire(import.meta.url)
    return require(`@lydell/node-pty-${process.platform}-${process.arch}/pty.node`) as Native
  } catch (cause) {
    throw new AppError(
      { code: 'SESSION_REFUSED', message: `this minion has no terminals for ${process.platform}-${process.arch}` },
      { cause },
    )
  }
}
