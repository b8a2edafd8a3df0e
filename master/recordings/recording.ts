import { createHash } from 'node:crypto'
import { constants, type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { eventLine, headerLine } from './cast.ts'
import { createStreamScrubber } from './scrub-stream.ts'

/** What is known when a terminal session begins. */
export interface RecordingFacts {
  /** Made by the master; names the file. */
  readonly session: string
  readonly title: string
  readonly width: number
  readonly height: number
  readonly term: string
  /** Hidden in what is kept, in every form. */
  readonly secrets: readonly string[]
}

/** What a recording came to. */
export interface Recorded {
  readonly sha256: string
  readonly bytes: number
  readonly durationMs: number
  /** Not everything is in it: it was too large, or the disk could not take it. */
  readonly cut: boolean
}

/** A recording that is being made. None of its calls waits for the disk. */
export interface Recording {
  output(bytes: Uint8Array): void
  resize(size: { readonly width: number; readonly height: number }): void
  /** Everything is on the disk when it resolves. Further calls do nothing. */
  end(): Promise<Recorded>
}

export interface RecordingLimits {
  /** Of the file. */
  readonly bytes: number
  /** That wait for the disk. */
  readonly waiting: number
}

export const RECORDING_LIMITS: RecordingLimits = { bytes: 64 * 1024 * 1024, waiting: 8 * 1024 * 1024 }
/** What comes within one frame of a screen becomes one event. */
const FRAME_MS = 16
const LARGEST_FRAME = 64 * 1024

interface Deps {
  readonly directory: string
  /** Milliseconds, for durations too: never set back. */
  readonly now: () => number
  readonly limits?: RecordingLimits
}

/** Where the recording of a session lies; its name is the master's own. Throws for what is none. */
export function recordingPath(directory: string, session: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(session)) throw new TypeError(`\`${session.slice(0, 80)}\` is no session id`)
  return join(directory, `${session}.cast`)
}

/** Begins a recording: its file, for its owner only, is there with its header when this resolves. */
export async function beginRecording(facts: RecordingFacts, deps: Deps): Promise<Recording> {
  const { directory, now, limits = RECORDING_LIMITS } = deps
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, O_APPEND } = constants
  const path = recordingPath(directory, facts.session)
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND, 0o600)
  const startedMs = now()
  const writer = new CastWriter(file, limits)
  writer.line(headerLine({ ...facts, startedMs }))
  await writer.settled()
  const scrubber = createStreamScrubber(facts.secrets)
  const decoder = new TextDecoder('utf-8')
  let ended: Promise<Recorded> | undefined
  let frame = ''
  let frameAt = 0
  const seconds = (): number => (now() - startedMs) / 1000
  const flush = (): void => {
    if (frame !== '') writer.event(frameAt, 'o', frame)
    frame = ''
  }
  const take = (bytes: Uint8Array, last = false): void => {
    const text = decoder.decode(bytes, { stream: !last })
    if (text === '') return
    const at = seconds()
    if (frame !== '' && ((at - frameAt) * 1000 > FRAME_MS || frame.length > LARGEST_FRAME)) flush()
    if (frame === '') frameAt = at
    frame += text
  }
  const timer = setInterval(flush, 10 * FRAME_MS)
  timer.unref()
  const finish = async (): Promise<Recorded> => {
    clearInterval(timer)
    take(scrubber.end(), true)
    flush()
    const durationMs = now() - startedMs
    return { ...(await writer.close()), durationMs }
  }
  return {
    output: bytes => {
      if (ended === undefined && !writer.isFull) take(scrubber.push(bytes))
    },
    resize: ({ width, height }) => {
      if (ended !== undefined) return
      flush()
      writer.event(seconds(), 'r', `${width}x${height}`)
    },
    end: () => (ended ??= finish()),
  }
}

/** Lines to a file, one write at a time; what is above a limit is left out, and a line says so. */
class CastWriter {
  readonly #file: FileHandle
  readonly #limits: RecordingLimits
  readonly #hash = createHash('sha256')
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #bytes = 0
  #lost = 0
  #cut = false
  #writing: Promise<void> | undefined

  constructor(file: FileHandle, limits: RecordingLimits) {
    this.#file = file
    this.#limits = limits
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limits.bytes
  }

  event(seconds: number, kind: 'o' | 'r', data: string): void {
    if (this.isFull) return
    const line = Buffer.from(eventLine(seconds, kind, data))
    if (this.#waitingBytes + line.length > this.#limits.waiting) {
      this.#lost += line.length
      this.#cut = true
      return
    }
    if (this.#lost > 0) this.#mark(seconds, `${this.#lost} bytes are not recorded: the disk was too slow`)
    this.#lost = 0
    if (this.#bytes + line.length <= this.#limits.bytes) {
      this.#put(line)
      return
    }
    this.#cut = true
    this.#mark(seconds, `the rest of the session is not recorded: a recording has at most ${this.#limits.bytes} bytes`)
    this.#bytes = this.#limits.bytes
  }

  line(text: string): void {
    this.#put(Buffer.from(text))
  }

  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  async close(): Promise<Omit<Recorded, 'durationMs'>> {
    await this.settled()
    try {
      await this.#file.sync()
    } catch {
      this.#cut = true
    }
    const { size } = await this.#file.stat()
    await this.#file.close()
    return { sha256: this.#hash.digest('hex'), bytes: size, cut: this.#cut }
  }

  /** Shown by every player, and a marker for those that know them. */
  #mark(seconds: number, text: string): void {
    this.#put(Buffer.from(eventLine(seconds, 'm', text) + eventLine(seconds, 'o', `\r\n\x1b[7m[${text}]\x1b[0m\r\n`)))
  }

  #put(line: Buffer): void {
    this.#bytes += line.length
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
        await this.#file.appendFile(batch)
        this.#hash.update(batch)
      } catch {
        // A full disk ends no session; what is there still plays.
        this.#cut = true
      }
      this.#waitingBytes -= batch.length
    }
    this.#writing = undefined
  }
}
