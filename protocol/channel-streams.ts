import { Readable, Writable } from 'node:stream'
import { LIMITS } from './limits.ts'
import { ReceiveWindow, SendWindow } from './window.ts'

/** Where one stream of a channel is written to. */
export interface StreamWire {
  data(data: Uint8Array): void
  eof(): void
  /** Waits while too much is in the socket already; undefined: there is room. */
  room(): Promise<void> | undefined
}

/** How much is cut how: other than the limits only in tests. */
export interface StreamSizes {
  readonly window: number
  readonly piece: number
}

const SIZES: StreamSizes = { window: LIMITS.channelWindowBytes, piece: LIMITS.chunkBytes }

/** The sending end of one stream: writes wait for credit, then for room in the socket. Small writes that had to wait go as one. */
export class OutboundStream extends Writable {
  readonly #wire: StreamWire
  readonly #window: SendWindow
  readonly #piece: number
  #wake: (() => void) | undefined

  constructor(wire: StreamWire, sizes: StreamSizes = SIZES) {
    super({ highWaterMark: sizes.piece })
    this.#wire = wire
    this.#window = new SendWindow(sizes.window)
    this.#piece = sizes.piece
  }

  /** The reader took that many. MESSAGE_INVALID for more than was sent. */
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

/** The receiving end of one stream: gives credit for what was read, so that never more than a window waits in memory. */
export class InboundStream extends Readable {
  readonly #credit: (bytes: number) => void
  readonly #window: ReceiveWindow
  readonly #queue: Uint8Array[] = []
  #wanted = false
  #complete = false
  #ended = false

  constructor(credit: (bytes: number) => void, sizes: StreamSizes = SIZES) {
    super({ highWaterMark: sizes.piece })
    this.#credit = credit
    this.#window = new ReceiveWindow(sizes.window)
  }

  /** MESSAGE_INVALID when the sender did not wait for credit. */
  deliver(data: Uint8Array): void {
    this.#window.receive(data.length)
    if (this.#complete || data.length === 0) return
    if (this.destroyed) return this.#taken(data.length)
    this.#queue.push(data)
    this.#flow()
  }

  /** Nothing more comes; what came is still to be read. */
  finish(): void {
    if (this.#complete) return
    this.#complete = true
    this.#flow()
  }

  override _read(): void {
    this.#wanted = true
    this.#flow()
  }

  /** Who reads no more still takes: the sender must not wait for ever. */
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
