import { canonicalJson } from '../../../protocol/json.ts'
import type { Projector } from './projector.ts'

/** What was ordered, by whom; never changes afterwards. */
export const JOBS: Projector = {
  view: 'jobs',
  apply: ({ db }, { at, event }) => {
    if (event.type !== 'job-ordered') return
    const insert = `INSERT INTO jobs
      (id, verb, origin, target, operator, revision, git, dirty, options, created_at, expires_at)
      VALUES (@id, @verb, @origin, @target, @operator, @revision, @git, @dirty, @options, @at, @expiresAt)`
    db.run(insert, {
      id: event.job,
      verb: event.verb,
      origin: event.origin,
      target: event.target,
      operator: event.operator,
      revision: event.revision ?? null,
      git: event.git ?? null,
      dirty: event.dirty === undefined ? null : Number(event.dirty),
      options: canonicalJson(event.options),
      at,
      expiresAt: event.expiresAt,
    })
  },
}
