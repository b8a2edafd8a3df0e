import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { RemoteEnd } from './remote-outcome.ts'

/** One channel to a minion, as seen by the command line. */
export interface RemoteChannel {
  readonly minion: string
  readonly input: Writable
  readonly output: Readable
  readonly errors: Readable
  /** Never rejects: a lost link also counts as an end. */
  readonly ended: Promise<RemoteEnd>
  signal(name: 'SIGINT' | 'SIGTERM'): void
  /** Sends the size of the local terminal. */
  resize(size: { readonly columns: number; readonly rows: number }): void
  close(): void
}

/** Time for a program to end by itself after ctrl-C. */
const GRACE_MS = 2_000

/** Forwards ctrl-C to every program, and ends those that do not exit in time. Returns a function that stops this. */
export function interruptOn(signal: AbortSignal, channels: readonly RemoteChannel[]): () => void {
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => {
    for (const channel of channels) channel.signal('SIGINT')
    timer = setTimeout(() => {
      for (const channel of channels) channel.close()
    }, GRACE_MS)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Closes the channel at once on ctrl-C. Returns a function that stops this. */
export function closeOn(signal: AbortSignal, channel: RemoteChannel): () => void {
  const onAbort = (): void => channel.close()
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return () => signal.removeEventListener('abort', onAbort)
}

/** Copies everything with backpressure; `to` stays open. */
export async function carry(from: Readable, to: Writable): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (!to.write(chunk)) await once(to, 'drain')
  }
}
