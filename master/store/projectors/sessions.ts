import { canonicalJson } from '../../../protocol/json.ts'
import type { Projector } from './projector.ts'

/** Who was where by hand, and what became of it. */
export const SESSIONS: Projector = {
  view: 'sessions',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'session-opened': {
        const insert = `INSERT INTO sessions (id, operator, minion, kind, user, target, opened_at, recording)
          VALUES (@id, @operator, @minion, @kind, @user, @target, @at, @recording) ON CONFLICT (id) DO NOTHING`
        const { session: id, operator, minion, kind, user = null, target = null } = event
        db.run(insert, { id, operator, minion, kind, user, target, at, recording: event.recording ? 1 : 0 })
        return
      }
      case 'session-ended': {
        const update = `UPDATE sessions SET ended_at = @at, exit = @exit, signal = @signal, problem = @problem,
          duration_ms = @durationMs, bytes_in = @bytesIn, bytes_out = @bytesOut, recording_sha256 = @sha256,
          recording_bytes = @bytes, recording_cut = @cut WHERE id = @id AND ended_at IS NULL`
        const { session: id, exit = null, signal = null, problem, durationMs, bytesIn, bytesOut } = event
        db.run(update, {
          id,
          at,
          exit,
          signal,
          problem: problem === undefined ? null : canonicalJson({ ...problem }),
          durationMs,
          bytesIn,
          bytesOut,
          sha256: event.recordingSha256 ?? null,
          bytes: event.recordingBytes ?? null,
          cut: event.cut === true ? 1 : 0,
        })
        return
      }
      case 'recording-expired':
        db.run('UPDATE sessions SET expired = ? WHERE id = ? AND expired IS NULL', event.why, event.session)
        return
      default:
    }
  },
}
