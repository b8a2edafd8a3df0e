import type { Problem } from '../../../protocol/errors.ts'
import type { SessionVerb } from '../../store/session-events.ts'

/**
 * `kept`: it is what the log says (a list compares its size alone). `expired`: the master removed it, being old or one too
 * many. `lost`: the disk could not take it. `altered`, `missing`: it is not what the log says.
 */
export type RecordingState = 'none' | 'running' | 'kept' | 'expired' | 'lost' | 'altered' | 'missing'

/** One use of a minion by hand. */
export interface SessionLine {
  readonly session: string
  readonly operator: string
  readonly minion: string
  readonly verb: SessionVerb
  /** Of the minion's system; absent: whom the agent runs as. */
  readonly user?: string
  /** Of what: a program, a path, a port. */
  readonly target?: string
  readonly openedAt: string
  /** Absent: it still goes on. */
  readonly endedAt?: string
  readonly durationMs?: number
  /** How it ended: one of the three. */
  readonly exit?: number
  readonly signal?: string
  readonly problem?: Problem
  /** To the minion, and from it. */
  readonly bytesIn?: number
  readonly bytesOut?: number
  readonly recording: RecordingState
  readonly recordingBytes?: number
  readonly recordingSha256?: string
  /** Not everything that was shown is in the recording. */
  readonly cut: boolean
}

/** A part of a recording, as lines of asciicast v2. */
export interface RecordingPage {
  readonly session: SessionLine
  readonly text: string
  /** Where the next part begins; absent: this was the last. */
  readonly next?: number
}
