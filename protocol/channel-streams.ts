import { Readable, Writable } from 'node:stream'
import { LIMITS } from './limits.ts'
import { ReceiveWindow, SendWindow } from './window.ts'

/** Where a stream of a channel is written. */
export interface StreamWire {
  data(data: Uint8Array): void
  eof(): void
  /** Waits while the socket has too much queued; undefined when there is room. */
  room(): Promise<void> | undefined
}

/** Sizes of windows and pieces. */
export interface StreamSizes {
  readonly window: number
  readonly piece: number
}

/** Returns the sizes for the window of a session, which is absent with an older peer. Pure. */
export function sizesOf(window: number = LIMITS.channelWindowBytes): StreamSizes {
  return { window, piece: LIMITS.chunkBytes }
}

/**
 * The sending end of a stream: writes wait for credit, then for room in the socket. Small writes that had to wait are sent
 * together.
 */
export class OutboundStream extends Writable {
  readonly #wire: StreamWire
  readonly #window: SendWindow
  readonly #piece: number
  #wake: (() => void) | undefined

  constructor(wire: StreamWire, sizes: StreamSizes) {
    super({ highWaterMark: sizes.piece })
    this.#wire = wire
    this.#window = new SendWindow(sizes.window)
    this.#piece = sizes.piece
  }

  /** Adds credit for bytes that the reader took. Throws MESSAGE_INVALID for more than was sent. */
  grant(bytes: number): void {
    this.#window.grant(bytes)
    this.#wake?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk).then(() => done(), done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#wire.eof()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#wake?.()
    done(error)
  }

  async #send(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      while (this.#window.left === 0 && !this.destroyed) await this.#granted()
      const room = this.#wire.room()
      if (room !== undefined) await room
      if (this.destroyed) return
      const size = Math.min(bytes.length - at, this.#window.left, this.#piece)
      this.#window.spend(size)
      this.#wire.data(bytes.subarray(at, at + size))
      at += size
    }
  }

  #granted(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }
}

/** The receiving end of a stream: grants credit for what was read, so at most one window is buffered. */
export class InboundStream extends Readable {
  readonly #credit: (bytes: number) => void
  readonly #window: ReceiveWindow
  readonly #queue: Uint8Array[] = []
  #wanted = false
  #complete = false
  #ended = false

  constructor(credit: (bytes: number) => void, sizes: StreamSizes) {
    super({ highWaterMark: sizes.piece })
    this.#credit = credit
    this.#window = new ReceiveWindow(sizes.window)
  }

  /** Takes received data. Throws MESSAGE_INVALID when the sender did not wait for credit. */
  deliver(data: Uint8Array): void {
    this.#window.receive(data.length)
    if (this.#complete || data.length === 0) return
    if (this.destroyed) return this.#taken(data.length)
    this.#queue.push(data)
    this.#flow()
  }

  /** Marks the end of the stream; buffered data can still be read. */
  finish(): void {
    if (this.#complete) return
    this.#complete = true
    this.#flow()
  }

  override _read(): void {
    this.#wanted = true
    this.#flow()
  }

  /** Grants credit for the rest even though nothing reads it: the sender must not wait forever. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const data of this.#queue.splice(0)) this.#taken(data.length)
    done(error)
  }

  #flow(): void {
    while (this.#wanted) {
      const data = this.#queue.shift()
      if (data === undefined) break
      this.#wanted = this.push(data)
      this.#taken(data.length)
    }
    if (this.#complete && this.#queue.length === 0 && !this.#ended && !this.destroyed) {
      this.#ended = true
      this.push(null)
    }
  }

  #taken(bytes: number): void {
    const grant = this.#window.consume(bytes)
    if (grant > 0) this.#credit(grant)
  }
}
