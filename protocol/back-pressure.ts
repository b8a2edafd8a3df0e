import { LIMITS } from './limits.ts'

/** Tracks whether a socket has enough data queued, so that senders of large data can wait. */
export class BackPressure {
  readonly #socket: { readonly bufferedAmount: number }
  readonly #limit: number
  #waiting: (() => void)[] = []
  #over = false

  constructor(socket: { readonly bufferedAmount: number }, limit: number = LIMITS.backPressureBytes) {
    this.#socket = socket
    this.#limit = limit
  }

  /** undefined when there is room now. */
  room(): Promise<void> | undefined {
    if (this.#over || this.#socket.bufferedAmount < this.#limit) return undefined
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** Must be called whenever data was sent. */
  readonly sent = (): void => {
    if (this.#socket.bufferedAmount < this.#limit) this.#release()
  }

  /** The socket is gone: releases all waiting senders. */
  end(): void {
    this.#over = true
    this.#release()
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
