import { constants } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import type { TerminalRequest } from '../../protocol/session-request.ts'
import type { ChannelEnd, ChannelPort } from './port.ts'
import { endFamily, signalGroup } from './process-family.ts'
import { openPty, type Pty } from './pty.ts'
import { findProgram, runAs } from './run-as.ts'

/** After the program's exit, output of background processes is dropped once there was none for this long. */
const QUIET_MS = 200

/**
 * Runs a login shell or a program in a terminal: forwards bytes both ways, resizes, returns its exit. If the channel ends
 * first, everything in the terminal's session is ended. Throws OWNER_UNKNOWN, EXEC_REFUSED, PROGRAM_MISSING or SESSION_REFUSED.
 */
export async function terminalChannel(request: TerminalRequest, port: ChannelPort): Promise<ChannelEnd> {
  try {
    const as = await runAs({ user: request.user, env: { TERM: request.term } })
    const argv = request.argv ?? [as.env['SHELL'] ?? '/bin/sh', '-l']
    await findProgram(argv[0] ?? '', as)
    port.signal.throwIfAborted()
    const { columns, rows } = request
    return await carry(openPty({ argv: [...as.prefix, ...argv], cwd: as.cwd, env: as.env, columns, rows }), port)
  } catch (thrown) {
    return { problem: problemsOf(thrown)[0] }
  }
}

async function carry(pty: Pty, port: ChannelPort): Promise<ChannelEnd> {
  const { stream } = pty
  let ending: Promise<void> | undefined
  const onAbort = (): void => {
    ending ??= endSession(pty)
  }
  port.signal.addEventListener('abort', onAbort, { once: true })
  if (port.signal.aborted) onAbort()
  port.onResize((columns, rows) => pty.resize({ columns, rows }))
  port.onSignal(name => signalGroup(pty.pid, name))
  port.input.on('data', (data: Uint8Array) => {
    // A full terminal blocks only its operator.
    if (stream.write(data)) return
    port.input.pause()
    stream.once('drain', () => port.input.resume())
  })
  const copied = copyOutput(pty, port)
  const { code, signal } = await pty.exited
  if (ending === undefined) await copied.quiet
  port.signal.removeEventListener('abort', onAbort)
  stream.destroy()
  if (ending !== undefined) {
    await ending
    throw new AppError({ code: 'RUN_CANCELLED', message: 'the terminal was closed' })
  }
  return signal === 0 ? { exit: code } : { signal: nameOf(signal) }
}

/**
 * `quiet` resolves when all output was forwarded: at the end of the terminal, or when only a silent background job holds it
 * open.
 */
function copyOutput({ stream, exited }: Pty, port: ChannelPort): { readonly quiet: Promise<void> } {
  let last = performance.now()
  let held = false
  stream.on('data', (data: Buffer) => {
    last = performance.now()
    if (port.output.write(data)) return
    held = true
    stream.pause()
    port.output.once('drain', () => {
      held = false
      last = performance.now()
      stream.resume()
    })
  })
  let over = false
  // EIO means that the last process has closed the terminal.
  stream.on('error', () => {
    over = true
  })
  const closed = new Promise<void>(resolve => {
    stream.once('close', () => {
      over = true
      resolve()
    })
  })
  const settle = async (): Promise<void> => {
    await exited
    last = Math.max(last, performance.now())
    while (!over && !port.signal.aborted && (held || performance.now() - last < QUIET_MS)) {
      await Promise.race([closed, pause(QUIET_MS / 4, undefined, { ref: false })])
    }
  }
  return { quiet: settle() }
}

/** Hangs up like a closed terminal, and makes sure that no process is left. */
async function endSession({ pid, stream }: Pty): Promise<void> {
  signalGroup(pid, 'SIGHUP')
  stream.destroy()
  await endFamily(pid)
}

function nameOf(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`
}
