import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What a link does to its bytes; `none` passes them unchanged. */
export type LinkFault =
  | { readonly kind: 'none' }
  /** Every connection is reset, and new ones are refused. */
  | { readonly kind: 'cut' }
  /** Connections stay open, but no data passes. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'delayed'; readonly ms: number }
  /** Flips one bit of each piece. `at` selects it: 0 to 1. */
  | { readonly kind: 'corrupted'; readonly at: () => number }

/** A TCP proxy on loopback between a minion and its master. */
export class FaultyLink {
  readonly #server = createServer(socket => this.#join(socket))
  readonly #target: () => number
  readonly #open = new Set<Socket>()
  #fault: LinkFault = { kind: 'none' }

  /** `target`: returns the port of the master, called for each connection. */
  constructor(target: () => number) {
    this.#target = target
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** A connection whose bytes were held back is useless: it ends with its fault. */
  set(fault: LinkFault): void {
    const wasSilent = this.#fault.kind === 'silent'
    this.#fault = fault
    if (fault.kind === 'cut' || wasSilent) this.#reset()
  }

  async close(): Promise<void> {
    this.#reset()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #reset(): void {
    for (const socket of this.#open) socket.resetAndDestroy()
  }

  #join(minion: Socket): void {
    if (this.#fault.kind === 'cut') return void minion.resetAndDestroy()
    const master = connect({ host: '127.0.0.1', port: this.#target() })
    this.#pass(minion, master)
    this.#pass(master, minion)
  }

  #pass(from: Socket, to: Socket): void {
    this.#open.add(from)
    let order = Promise.resolve()
    from.on('data', data => {
      const fault = this.#fault
      if (fault.kind === 'silent') return
      if (fault.kind === 'corrupted') corrupt(data, fault.at())
      if (fault.kind === 'delayed') order = order.then(() => waited(fault.ms))
      order = order.then(() => void (to.writable && to.write(data)))
    })
    from.on('error', () => to.resetAndDestroy())
    from.on('end', () => void order.then(() => to.end()))
    from.on('close', () => {
      this.#open.delete(from)
      void order.then(() => to.destroy())
    })
  }
}

/** Flips one bit. `at` is between 0 and 1. */
function corrupt(data: Buffer, at: number): void {
  const bit = Math.min(data.length * 8 - 1, Math.floor(at * data.length * 8))
  const index = bit >> 3
  data[index] = (data[index] ?? 0) ^ (1 << (bit & 7))
}

function waited(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
