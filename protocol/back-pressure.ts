import { LIMITS } from './limits.ts'

/** Knows when a socket has enough to send, so that who has much to say can wait. */
export class BackPressure {
  readonly #socket: { readonly bufferedAmount: number }
  readonly #limit: number
  #waiting: (() => void)[] = []
  #over = false

  constructor(socket: { readonly bufferedAmount: number }, limit: number = LIMITS.backPressureBytes) {
    this.#socket = socket
    this.#limit = limit
  }

  /** Undefined: there is room now. */
  room(): Promise<void> | undefined {
    if (this.#over || this.#socket.bufferedAmount < this.#limit) return undefined
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** To be called whenever something went out. */
  readonly sent = (): void => {
    if (this.#socket.bufferedAmount < this.#limit) this.#release()
  }

  /** The socket is gone: nobody waits for it any more. */
  end(): void {
    this.#over = true
    this.#release()
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
