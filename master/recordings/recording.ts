import { headerLine } from './cast.ts'
import type { CastFile } from './cast-file.ts'
import { CastWriter, type Kept, type RecordingLimits } from './cast-writer.ts'
import { createStreamScrubber } from './scrub-stream.ts'

/** What is known when a terminal session starts. */
export interface RecordingFacts {
  /** Made by the master; names the file. */
  readonly session: string
  readonly title: string
  readonly width: number
  readonly height: number
  readonly term: string
  /** Hidden in the recording, in every form. */
  readonly secrets: readonly string[]
}

/** The result of a recording. */
interface Recorded extends Kept {
  readonly durationMs: number
}

/** A recording in progress. None of its calls waits for the disk. */
export interface Recording {
  /** Records what the minion's terminal shows; typed input is never passed in. */
  output(bytes: Uint8Array): void
  resize(size: { readonly width: number; readonly height: number }): void
  /** Ends the recording; resolves when everything is on disk and never rejects. Further calls do nothing. */
  end(): Promise<Recorded>
}

/** Output within one frame of a screen becomes one event. */
const FRAME_MS = 16
const LARGEST_FRAME = 64 * 1024

/** Starts a recording; resolves when its header is in the file, with undefined when even that cannot be written. */
export async function startRecording(
  facts: RecordingFacts,
  { file, now, limits }: { readonly file: CastFile; readonly now: () => number; readonly limits: RecordingLimits },
): Promise<Recording | undefined> {
  const startedMs = now()
  const writer = new CastWriter(file, limits)
  writer.line(headerLine({ ...facts, startedMs }))
  await writer.settled()
  if (writer.size === 0) {
    await writer.close(0)
    return undefined
  }
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
    const durationMs = Math.max(0, Math.round(now() - startedMs))
    return { ...(await writer.close(durationMs / 1000)), durationMs }
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
