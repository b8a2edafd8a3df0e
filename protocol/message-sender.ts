import type { TakeBuffer } from './codec.ts'
import { LIMITS } from './limits.ts'

/** The part of a websocket that sends. */
interface Socket {
  send(bytes: Uint8Array, done: (error?: Error | null) => void): void
}

/** Most buffers kept for the next messages: as many as a stream has on its way. */
const MOST_KEPT = 32

/**
 * Sends messages on one socket. Buffers of long messages are used again after the socket has taken them: as garbage, each few of
 * them would cost a collection of the whole heap.
 */
export class MessageSender<Message extends object> {
  readonly #socket: Socket
  readonly #encode: (message: Message, take: TakeBuffer) => Uint8Array
  #kept: Uint8Array[] = []
  /** Buffers that were not needed since the last `trim`. */
  #unused = 0

  constructor(socket: Socket, encode: (message: Message, take: TakeBuffer) => Uint8Array) {
    this.#socket = socket
    this.#encode = encode
  }

  /** Sends a message. Throws what encoding it throws. */
  send(message: Message, onSent?: () => void): void {
    let taken: Uint8Array | undefined
    const bytes = this.#encode(message, length => {
      taken = this.#take(length)
      return taken
    })
    this.#socket.send(bytes, error => {
      // After an error, something may still read the buffer.
      if (taken !== undefined && !error) this.#keep(taken)
      onSent?.()
    })
  }

  /** Frees buffers that were not needed since the last call. */
  trim(): void {
    this.#kept.splice(0, this.#unused)
    this.#unused = this.#kept.length
  }

  #take(length: number): Uint8Array {
    if (length > LIMITS.frameBytes) return new Uint8Array(length)
    const kept = this.#kept.pop()
    this.#unused = Math.min(this.#unused, this.#kept.length)
    return kept ?? Buffer.allocUnsafeSlow(LIMITS.frameBytes)
  }

  #keep(buffer: Uint8Array): void {
    if (buffer.length === LIMITS.frameBytes && this.#kept.length < MOST_KEPT) this.#kept.push(buffer)
  }
}
