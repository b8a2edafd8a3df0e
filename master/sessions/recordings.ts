import { AppError, problemsOf } from '../../protocol/errors.ts'
import { openRecordingStore, type RecordingStore } from '../recordings/recording-store.ts'
import { type Expired, expiredRecordings, type RetentionRule } from '../recordings/retention.ts'
import { createSessionRecorder, type SessionRecorder } from '../recordings/session-recorder.ts'
import type { Store } from '../store/open.ts'

/** The recordings of terminal sessions, both in progress and stored. */
export interface Recordings {
  /** Used to record a terminal while it is relayed. */
  readonly recorder: SessionRecorder
  readonly kept: RecordingStore
  /** Removes recordings that the rule does not keep, and logs each. Never throws. */
  sweep(): Promise<void>
}

interface Deps {
  readonly directory: string
  readonly rule: RetentionRule
  readonly store: Pick<Store, 'sessions'>
  readonly now: () => number
  readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
}

export function createRecordings({ directory, rule, store, now, warn }: Deps): Recordings {
  const recorder = createSessionRecorder({ directory, now, warn })
  const kept = openRecordingStore(directory)
  const tell = ({ session, why }: Expired): void => {
    // A file without a session in the log: the master was killed between the two.
    if (store.sessions.get(session) !== undefined) store.sessions.expired(session, why)
  }
  const remove = async (one: Expired): Promise<void> => {
    try {
      // Log first: otherwise it would look as if someone had removed the recording.
      tell(one)
      await kept.remove(one.session)
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'STORE_FULL') throw thrown
      // The log needs the space of this recording.
      await kept.remove(one.session)
      tell(one)
    }
  }
  const sweep = async (): Promise<void> => {
    try {
      for (const one of expiredRecordings(await kept.list(), rule, recorder.running(), now())) await remove(one)
    } catch (thrown) {
      warn('old recordings could not be removed', { problems: problemsOf(thrown) })
    }
  }
  return {
    recorder,
    kept,
    sweep,
  }
}
