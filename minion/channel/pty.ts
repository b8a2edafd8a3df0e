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

/** A program that leads a session of its own in a terminal of its own. */
export interface Pty {
  readonly pid: number
  /** Bytes both ways; ends, or fails with EIO, when nobody has the terminal open any more. */
  readonly stream: ReadStream
  readonly exited: Promise<{ readonly code: number; readonly signal: number }>
  resize(size: TerminalSize): void
}

/** The native half of node-pty. */
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
 * Starts a program in a new terminal. The native half is used without node-pty's own class: that one closes the terminal 200 ms
 * after the program's exit, read or not, and a slow reader would lose the end of the output. SESSION_REFUSED where this
 * platform has no native half.
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
 * What stands before the words of a program, so that it starts without the terminals of others. The native half leaves no
 * other way: only the new process itself can close them, before it becomes somebody else's. `-p`: bash reads no file and no
 * function of the environment.
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
