import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { LIMITS } from '../../protocol/limits.ts'

const LARGEST_OUTPUT = 16 * 1024 * 1024
/** A pipe that is silent for this long after the program's end has delivered everything the program wrote. */
const QUIET_MS = 100
/** Upper limit, for a background process that never stops writing. */
const LONGEST_MS = 2_000

/** Collects the last 16 MiB that a program writes to a pipe. A program that writes more is not ended; its output is cut. */
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
   * Returns when all output of the program, which has ended, was read. A background process can keep the pipe open: its later
   * output is discarded, so that it neither blocks nor gets SIGPIPE.
   */
  async settle(): Promise<void> {
    const end = performance.now() + LONGEST_MS
    const closed = this.#closed()
    for (let before = -1; !this.#ended && before !== this.#total && performance.now() < end; ) {
      before = this.#total
      await Promise.race([closed, pause(QUIET_MS)])
      // On a busy host the timer is due before the pipe was looked at; after a turn of the event loop it was.
      await turn()
    }
    if (this.#ended) return
    this.#stream?.removeAllListeners('data')
    this.#stream?.resume()
    // The pipe's socket must not keep this process alive.
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
    // A program that writes byte by byte must not create a million chunks.
    if (this.#chunks.length > 4096) this.#chunks = [Buffer.concat(this.#chunks)]
  }
}

/** Returns the end of an output, limited to what fits into a report. */
export function tailOf(text: string, bytes: number = LIMITS.outputBytes): string {
  if (text.length <= bytes) return text
  return `... ${text.length - bytes} characters left out ...\n${text.slice(-bytes)}`
}
