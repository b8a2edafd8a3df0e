import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { createDetach } from './detach.ts'
import { makeRaw } from './raw-terminal.ts'
import { carry, type RemoteChannel } from './remote-channel.ts'
import type { RemoteEnd } from './remote-outcome.ts'

/** The operator's terminal. */
export interface LocalTerminal {
  readonly input: NodeJS.ReadStream
  readonly output: Writable & { readonly columns?: number; readonly rows?: number }
}

/** Returns the size of a terminal; 80 x 24 when it is unknown. */
export function sizeOf({ output: { columns, rows } }: LocalTerminal): {
  readonly columns: number
  readonly rows: number
} {
  return { columns: positive(columns, 80), rows: positive(rows, 24) }
}

/** Time for a minion to end a session after the operator left it; then this side stops waiting. */
const GRACE_MS = 1_000

/** Bytes typed or pasted but not yet read by the program, above which keyboard input is paused. */
const MOST_UNREAD = 1024 * 1024

/**
 * Runs a terminal on a minion in the local one. All keys are sent, including ctrl-C, until the remote program ends, the
 * operator types `~.`, or `signal` is aborted. Then restores the local terminal.
 */
export async function runTerminal(
  channel: RemoteChannel,
  local: LocalTerminal,
  signal: AbortSignal,
): Promise<RemoteEnd> {
  const { input, output } = local
  const detach = createDetach()
  const left = Promise.withResolvers<RemoteEnd>()
  let timer: NodeJS.Timeout | undefined
  const leave = (): void => {
    channel.close()
    timer ??= setTimeout(
      () => left.resolve({ problem: { code: 'SESSION_LOST', message: 'the terminal was closed' } }),
      GRACE_MS,
    )
  }
  const onKeys = (keys: Buffer): void => {
    const typed = detach(keys)
    if (typed.bytes.length > 0) channel.input.write(typed.bytes)
    // A program that does not read must not block `~.` on this side, so only a long paste pauses the keyboard.
    if (channel.input.writableLength > MOST_UNREAD) {
      input.pause()
      channel.input.once('drain', () => input.resume())
    }
    if (typed.leave) leave()
  }
  const onResize = (): void => channel.resize(sizeOf(local))
  const release = makeRaw(input)
  input.on('data', onKeys).on('end', leave)
  input.resume()
  output.on('resize', onResize)
  signal.addEventListener('abort', leave, { once: true })
  if (signal.aborted) leave()
  channel.input.on('error', () => undefined)
  channel.errors.resume()
  try {
    const shown = carry(channel.output, output)
    const end = await Promise.race([channel.ended, left.promise])
    await Promise.race([shown, left.promise, once(output, 'close')])
    return end
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', leave)
    output.off('resize', onResize)
    input.off('data', onKeys).off('end', leave)
    release()
    input.pause()
  }
}

function positive(value: number | undefined, otherwise: number): number {
  return value === undefined || value < 1 ? otherwise : value
}
