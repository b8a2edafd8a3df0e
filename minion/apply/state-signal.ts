/** The signal that ends what the current state started. It is made when it is first asked for: most states start nothing. */
export class StateSignal {
  #make: (() => AbortSignal) | undefined
  #made: AbortSignal | undefined

  begin(make: () => AbortSignal): void {
    this.#make = make
    this.#made = undefined
  }

  end(): void {
    this.#make = undefined
    this.#made = undefined
  }

  /** undefined between states. */
  get current(): AbortSignal | undefined {
    this.#made ??= this.#make?.()
    return this.#made
  }
}
