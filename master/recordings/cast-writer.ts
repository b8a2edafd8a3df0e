import { createHash } from 'node:crypto'
import { eventLine } from './cast.ts'
import type { CastFile } from './cast-file.ts'

export interface RecordingLimits {
  /** Of the file. */
  readonly bytes: number
  /** That wait for the disk. */
  readonly waiting: number
}

/** What has been kept: whole lines alone, whatever the disk did. */
export interface Kept {
  readonly sha256: string
  readonly bytes: number
  /** Something was left out. */
  readonly cut: boolean
}

/**
 * Lines to a file, one write at a time; nobody waits for them. What the disk cannot take, or cannot take in time, and what
 * is above the limit is left out, and a line says so.
 */
export class CastWriter {
  readonly #file: CastFile
  readonly #limits: RecordingLimits
  readonly #hash = createHash('sha256')
  #waiting: Buffer[] = []
  #waitingBytes = 0
  /** In the file. */
  #size = 0
  #lost = 0
  #cut = false
  #full = false
  #writing: Promise<void> | undefined

  constructor(file: CastFile, limits: RecordingLimits) {
    this.#file = file
    this.#limits = limits
  }

  /** Nothing more will be kept. */
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

  /** Nothing waits for the disk any more. */
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
    // What comes in the same turn goes out together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = Buffer.concat(this.#waiting)
      this.#waiting = []
      try {
        await this.#file.write(batch, this.#size)
        this.#hash.update(batch)
        this.#size += batch.length
      } catch {
        // A full disk ends no session. Half a line must not stay: what comes next, when there is room again, follows here.
        await this.#file.truncate(this.#size).catch(() => undefined)
        this.#lose(batch.length)
      }
      this.#waitingBytes -= batch.length
    }
    this.#writing = undefined
  }
}

/** Shown by every player, and a marker for those that know them. */
function markOf(seconds: number, text: string): Buffer {
  return Buffer.from(eventLine(seconds, 'm', text) + eventLine(seconds, 'o', `\r\n\x1b[7m[${text}]\x1b[0m\r\n`))
}
