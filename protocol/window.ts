import { AppError } from './errors.ts'
import { LIMITS } from './limits.ts'

/** Credit left on one stream, from the view of the sender or of an intermediary that watches both sides. */
export class SendWindow {
  readonly #size: number
  #left: number

  constructor(size: number = LIMITS.channelWindowBytes) {
    this.#size = size
    this.#left = size
  }

  get left(): number {
    return this.#left
  }

  /** Uses credit. Throws MESSAGE_INVALID when more was sent than was granted. */
  spend(bytes: number): void {
    if (bytes > this.#left) throw broken(`${bytes} bytes were sent where ${this.#left} were granted`)
    this.#left -= bytes
  }

  /** Adds credit. Throws MESSAGE_INVALID when more is granted than was ever sent. */
  grant(bytes: number): void {
    if (this.#left + bytes > this.#size) throw broken(`${bytes} bytes were acknowledged that were never sent`)
    this.#left += bytes
  }
}

/** Credit that the reader of one stream has yet to grant to its sender. */
export class ReceiveWindow {
  readonly #size: number
  #open: number
  #owed = 0

  constructor(size: number = LIMITS.channelWindowBytes) {
    this.#size = size
    this.#open = size
  }

  /** Counts received bytes. Throws MESSAGE_INVALID when the sender did not wait for credit. */
  receive(bytes: number): void {
    if (bytes > this.#open) throw broken(`${bytes} bytes were sent where ${this.#open} were granted`)
    this.#open -= bytes
  }

  /**
   * Counts what the reader took, and returns the credit to grant now. Collects a quarter of the window first, so that small
   * pieces do not cost a message each.
   */
  consume(bytes: number): number {
    this.#owed += bytes
    if (this.#owed * 4 < this.#size) return 0
    const grant = this.#owed
    this.#owed = 0
    this.#open += grant
    return grant
  }
}

function broken(message: string): AppError {
  return new AppError({ code: 'MESSAGE_INVALID', message: `a channel without flow control: ${message}` })
}
