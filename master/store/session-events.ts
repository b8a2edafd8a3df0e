import type { Problem } from '../../protocol/errors.ts'
import type { MinionId, Sha256 } from '../../protocol/ids.ts'

/** By which verb an operator came to a minion. */
export type SessionVerb = 'ssh' | 'run' | 'cp' | 'forward'

/** One use of a minion by hand, from beginning to end. */
export type SessionEvent =
  | {
      readonly type: 'session-opened'
      readonly session: string
      readonly operator: string
      readonly minion: MinionId
      /** Of the order that opens it. */
      readonly sequence: number
      readonly kind: SessionVerb
      readonly via?: string
      /** Of the minion's system; absent: whom the agent runs as. */
      readonly user?: string
      /** Of what: a program, a path, a port. Never with a secret in it. */
      readonly target?: string
      /** What is shown there is recorded. */
      readonly recording: boolean
    }
  | {
      readonly type: 'session-ended'
      readonly session: string
      /** One of the three says how. */
      readonly exit?: number
      readonly signal?: string
      readonly problem?: Problem
      readonly durationMs: number
      readonly bytesIn: number
      readonly bytesOut: number
      /** Of the recording as it was finished. */
      readonly recordingSha256?: Sha256
      readonly recordingBytes?: number
      /** Not all that was shown is in the recording. */
      readonly cut?: boolean
    }
  /** The recording was removed, since it was too old or all of them were too large. */
  | { readonly type: 'recording-expired'; readonly session: string; readonly why: 'age' | 'bytes' }
