import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ChannelPort } from '../../../minion/channel/port.ts'

type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGHUP'

/** A channel with the test on the other side: real streams, no wire. */
export class StreamPort implements ChannelPort {
  readonly input = new PassThrough()
  readonly output = new PassThrough()
  readonly errors = new PassThrough()
  readonly #closed = new AbortController()
  readonly #onSignal: ((name: SignalName) => void)[] = []

  get signal(): AbortSignal {
    return this.#closed.signal
  }

  onResize(): void {}

  onSignal(listener: (name: SignalName) => void): void {
    this.#onSignal.push(listener)
  }

  /** Simulates a signal from the operator, such as ctrl-C. */
  send(name: SignalName): void {
    for (const listener of this.#onSignal) listener(name)
  }

  /** Simulates a lost link. */
  close(): void {
    this.#closed.abort(new Error('the link is lost'))
  }

  /** Ends the outputs when a handler is done, like the registry, and returns what passed through. */
  async read<End>(handler: Promise<End>): Promise<{ end: End; out: Buffer; err: string }> {
    const [out, err] = [buffer(this.output), buffer(this.errors)]
    const end = await handler
    this.output.end()
    this.errors.end()
    return { end, out: await out, err: (await err).toString() }
  }
}
