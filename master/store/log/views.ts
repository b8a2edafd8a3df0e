import { createHash } from 'node:crypto'
import type { Db } from '../database.ts'
import { allEntries } from './log.ts'
import type { ProjectorDeps } from './projector.ts'
import { PROJECTORS } from './projectors.ts'

/**
 * Empties all views and rebuilds them from the log, in one transaction. Returns the names of those that came out different:
 * none, unless other code than a projector wrote to one.
 */
export function rebuildViews(deps: ProjectorDeps): readonly string[] {
  const { db } = deps
  return db.atomically(() => {
    const before = digests(db)
    for (const { view } of PROJECTORS.toReversed()) db.run(`DELETE FROM ${view}`)
    for (const entry of allEntries(db)) {
      for (const projector of PROJECTORS) projector.apply(deps, entry)
    }
    const after = digests(db)
    return [...before.keys()].filter(view => before.get(view) !== after.get(view))
  })
}

const PAGE = 1000

/** Hashes each view over all its rows in the order of its key, so that the order of writes does not matter. */
function digests(db: Db): ReadonlyMap<string, string> {
  return new Map(PROJECTORS.map(({ view }) => [view, digest(db, view)]))
}

function digest(db: Db, view: string): string {
  const hash = createHash('sha256')
  for (let offset = 0; ; offset += PAGE) {
    const rows = db.all<object>(`SELECT * FROM ${view} ORDER BY 1, 2 LIMIT ? OFFSET ?`, PAGE, offset)
    for (const row of rows) hash.update(JSON.stringify(row)).update('\n')
    if (rows.length < PAGE) return hash.digest('hex')
  }
}
