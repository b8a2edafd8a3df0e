import { problemsOf } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import type { ControlContext } from '../context.ts'

/** Bytes of a recording to read besides its hash. */
const NOTHING = 0

/** Records the end of sessions that were open when the last master was killed and ended with it. */
export async function endOrphanedSessions({
  store,
  recordings,
  now,
  warn,
}: Pick<ControlContext, 'store' | 'recordings' | 'now' | 'warn'>): Promise<void> {
  // An unreadable recording must not keep the master from starting.
  const unreadable = (session: string) => (thrown: unknown) => {
    warn('a recording cannot be read', { session, problems: problemsOf(thrown) })
    return undefined
  }
  for (const { id, openedAt, recording } of store.sessions.open()) {
    const kept = recording ? await recordings.kept.read(id, 0, NOTHING).catch(unreadable(id)) : undefined
    store.sessions.ended({
      session: id,
      problem: { code: 'SESSION_LOST', message: 'the master stopped before the session ended' },
      durationMs: Math.max(0, now() - Date.parse(openedAt)),
      bytesIn: 0,
      bytesOut: 0,
      ...(kept === undefined ? {} : { recordingSha256: kept.sha256 as Sha256, recordingBytes: kept.bytes, cut: true }),
    })
  }
}
