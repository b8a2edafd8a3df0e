import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { RemoteEnd } from './remote-outcome.ts'

/** One channel to a minion, as the command line sees it. */
export interface RemoteChannel {
  readonly minion: string
  readonly input: Writable
  readonly output: Readable
  readonly errors: Readable
  /** Never rejects: a lost link is an end too. */
  readonly ended: Promise<RemoteEnd>
  signal(name: 'SIGINT' | 'SIGTERM'): void
  /** Of the terminal that it is shown in. */
  resize(size: { readonly columns: number; readonly rows: number }): void
  close(): void
}

/** What a program has after ctrl-C to end by itself. */
const GRACE_MS = 2_000

/** While it lasts, ctrl-C goes to every program, and what does not end by it is ended. Returns what stops it. */
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

/** While it lasts, ctrl-C closes the channel at once. Returns what stops it. */
export function closeOn(signal: AbortSignal, channel: RemoteChannel): () => void {
  const onAbort = (): void => channel.close()
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return () => signal.removeEventListener('abort', onAbort)
}

/** Carries everything, reading on only when the last piece was taken; `to` stays open. */
export async function carry(from: Readable, to: Writable): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (!to.write(chunk)) await once(to, 'drain')
  }
}
