import { createHash } from 'node:crypto'
import { eventLine } from './cast.ts'
import type { CastFile } from './cast-file.ts'

export interface RecordingLimits {
  /** Maximum bytes of the file. */
  readonly bytes: number
  /** Maximum bytes that wait for the disk. */
  readonly waiting: number
}

/** What was kept: only whole lines, even after disk errors. */
export interface Kept {
  readonly sha256: string
  readonly bytes: number
  /** True when something was left out. */
  readonly cut: boolean
}

/**
 * Writes lines to a file, one write at a time; callers never wait. Leaves out what the disk cannot take, or not in time, and
 * what exceeds the limit, and writes a line that says so.
 */
export class CastWriter {
  readonly #file: CastFile
  readonly #limits: RecordingLimits
  readonly #hash = createHash('sha256')
  #waiting: Buffer[] = []
  #waitingBytes = 0
  /** Bytes in the file. */
  #size = 0
  #lost = 0
  #cut = false
  #full = false
  #writing: Promise<void> | undefined

  constructor(file: CastFile, limits: RecordingLimits) {
    this.#file = file
    this.#limits = limits
  }

  /** True when nothing more will be kept. */
  get isFull(): boolean {
    return this.#full
  }

  get size(): number {
    return this.#size
  }

  event(seconds: number, kind: 'o' | 'r', data: string): void {
    if (this.#full) return
    const line = Buffer.from(eventLine(seconds, kind, data))
    const { bytes, waiting } = this.#limits
    if (this.#waitingBytes + line.length > waiting) {
      this.#lose(line.length)
      return
    }
    this.#tellLost(seconds)
    if (this.#size + this.#waitingBytes + line.length <= bytes) {
      this.#put(line)
      return
    }
    this.#cut = true
    this.#full = true
    this.#put(markOf(seconds, `the rest of the session is not recorded: a recording has at most ${bytes} bytes`))
  }

  line(text: string): void {
    this.#put(Buffer.from(text))
  }

  /** Resolves when nothing waits for the disk. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  async close(seconds: number): Promise<Kept> {
    await this.settled()
    this.#tellLost(seconds)
    await this.settled()
    for (const step of [() => this.#file.truncate(this.#size), () => this.#file.sync(), () => this.#file.close()]) {
      try {
        await step()
      } catch {
        this.#cut = true
      }
    }
    return { sha256: this.#hash.digest('hex'), bytes: this.#size, cut: this.#cut }
  }

  #tellLost(seconds: number): void {
    if (this.#lost === 0) return
    const lost = this.#lost
    this.#lost = 0
    this.#put(
      markOf(seconds, `about ${lost} bytes are not recorded: they could not be written to the disk of the master`),
    )
  }

  #lose(bytes: number): void {
    this.#lost += bytes
    this.#cut = true
  }

  #put(line: Buffer): void {
    this.#waiting.push(line)
    this.#waitingBytes += line.length
    this.#writing ??= this.#write()
  }

  async #write(): Promise<void> {
    // Batch what arrives in the same turn.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = Buffer.concat(this.#waiting)
      this.#waiting = []
      try {
        await this.#file.write(batch, this.#size)
        this.#hash.update(batch)
        this.#size += batch.length
      } catch {
        // A full disk must not end the session. Remove a partial line, because later output is appended here once there is
        // space.
        await this.#file.truncate(this.#size).catch(() => undefined)
        this.#lose(batch.length)
      }
      this.#waitingBytes -= batch.length
    }
    this.#writing = undefined
  }
}

/** Renders a notice that every player shows, and a marker for those that support them. */
function markOf(seconds: number, text: string): Buffer {
  return Buffer.from(eventLine(seconds, 'm', text) + eventLine(seconds, 'o', `\r\n\x1b[7m[${text}]\x1b[0m\r\n`))
}
