import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { type CastFile, createCastFile } from './cast-file.ts'
import type { RecordingLimits } from './cast-writer.ts'
import { type Recording, type RecordingFacts, startRecording } from './recording.ts'
import { recordingPath } from './recording-path.ts'

export type { RecordingFacts } from './recording.ts'

/** Records terminal sessions. */
export interface SessionRecorder {
  /**
   * Starts the recording of a session. A full or broken disk is not an error: then nothing of the session is kept, and the end
   * says `cut`.
   */
  begin(facts: RecordingFacts): Promise<Recording>
  /** Sessions whose recording is in progress. */
  running(): ReadonlySet<string>
}

const RECORDING_LIMITS: RecordingLimits = { bytes: 64 * 1024 * 1024, waiting: 8 * 1024 * 1024 }

interface Deps {
  readonly directory: string
  /** Milliseconds since 1970; also used for durations. */
  readonly now: () => number
  readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
  readonly limits?: RecordingLimits
  readonly create?: (path: string) => Promise<CastFile>
}

export function createSessionRecorder(deps: Deps): SessionRecorder {
  const { directory, now, warn, limits = RECORDING_LIMITS, create = createCastFile } = deps
  const running = new Set<string>()
  const start = async (facts: RecordingFacts): Promise<Recording | undefined> => {
    const path = recordingPath(directory, facts.session)
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const recording = await startRecording(facts, { file: await create(path), now, limits })
      if (recording !== undefined) return recording
      await rm(path, { force: true })
      warn('a session is not recorded: the disk is full', { session: facts.session, path })
    } catch (thrown) {
      const { code, message } = thrown as NodeJS.ErrnoException
      if (code === undefined) throw thrown
      warn('a session is not recorded', { session: facts.session, path, why: message })
    }
    return undefined
  }
  return {
    begin: async facts => {
      const recording = (await start(facts)) ?? withoutDisk(now)
      running.add(facts.session)
      return {
        ...recording,
        end: async () => {
          const recorded = await recording.end()
          running.delete(facts.session)
          return recorded
        },
      }
    },
    running: () => running,
  }
}

/** A recording of a session for which nothing can be kept. */
function withoutDisk(now: () => number): Recording {
  const startedMs = now()
  const sha256 = createHash('sha256').digest('hex')
  return {
    output: () => undefined,
    resize: () => undefined,
    end: async () => ({ sha256, bytes: 0, cut: true, durationMs: Math.round(now() - startedMs) }),
  }
}
