import { problemsOf } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import type { ControlContext } from '../context.ts'

/** Bytes of a recording that are wanted here beside its hash. */
const NOTHING = 0

/** Links that were open when the last master was killed: they ended with it, and the log must say so. */
export async function endOrphanedSessions({
  store,
  recordings,
  now,
  warn,
}: Pick<ControlContext, 'store' | 'recordings' | 'now' | 'warn'>): Promise<void> {
  // A recording that cannot be read is no reason to have no master.
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
