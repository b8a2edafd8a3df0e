import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { LIMITS } from '../../protocol/limits.ts'

const LARGEST_OUTPUT = 16 * 1024 * 1024
/** A pipe that says nothing for so long after the program's end has given all that the program itself wrote. */
const QUIET_MS = 100
/** A child in the background that never stops talking is not waited for. */
const LONGEST_MS = 2_000

/** What a program writes to a pipe, its last 16 MiB: a program that talks too much is cut, not ended. */
export class ProgramOutput {
  readonly #stream: Readable | null
  #chunks: Buffer[] = []
  #kept = 0
  #left = 0
  #total = 0
  #ended: boolean

  constructor(stream: Readable | null) {
    this.#stream = stream
    this.#ended = stream === null
    stream?.on('data', (chunk: Buffer) => this.#take(chunk))
    stream?.once('close', () => (this.#ended = true))
    stream?.once('end', () => (this.#ended = true))
    stream?.on('error', () => (this.#ended = true))
  }

  /**
   * Returns when the program, which has ended, has said all. A child in the background may keep the pipe: from then on what
   * comes is thrown away, so that the child neither blocks nor ends by SIGPIPE.
   */
  async settle(): Promise<void> {
    const end = performance.now() + LONGEST_MS
    const closed = this.#closed()
    for (let before = -1; !this.#ended && before !== this.#total && performance.now() < end; ) {
      before = this.#total
      await Promise.race([closed, pause(QUIET_MS)])
    }
    if (this.#ended) return
    this.#stream?.removeAllListeners('data')
    this.#stream?.resume()
    // The socket of a pipe: it must not keep a program of ours alive that has nothing else to do.
    ;(this.#stream as Socket | null)?.unref()
  }

  get text(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8')
    return this.#left === 0 ? text : `... ${this.#left} bytes left out ...\n${text}`
  }

  #closed(): Promise<void> {
    return new Promise(resolve => {
      if (this.#ended) resolve()
      else this.#stream?.once('close', resolve)
    })
  }

  #take(chunk: Buffer): void {
    this.#total += chunk.length
    this.#chunks.push(chunk)
    this.#kept += chunk.length
    while (this.#kept - (this.#chunks[0]?.length ?? 0) >= LARGEST_OUTPUT) {
      const first = this.#chunks.shift()
      this.#kept -= first?.length ?? 0
      this.#left += first?.length ?? 0
    }
    // A program that writes byte by byte must not make a million pieces.
    if (this.#chunks.length > 4096) this.#chunks = [Buffer.concat(this.#chunks)]
  }
}

/** The last part of an output, as much as may travel in a report. */
export function tailOf(text: string, bytes: number = LIMITS.outputBytes): string {
  if (text.length <= bytes) return text
  return `... ${text.length - bytes} characters left out ...\n${text.slice(-bytes)}`
}
