import type { MinionId, RunId } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { Orphan } from '../../../protocol/report.ts'
import type { Db } from '../database.ts'
import { forgetRevoked, notAhead, type Projector } from '../log/projector.ts'
import { storedJson } from '../stored-json.ts'
import type { ReportFacts } from './prepare-report.ts'

/** An orphan as its minion reported it, and the last apply before it was one. */
interface StoredOrphan extends Orphan {
  /** ISO 8601; absent when this master does not know of an earlier apply. */
  readonly lastManagedAt?: string
}

/** What a minion last reported about orphans. */
export interface ReportedOrphans {
  readonly minion: MinionId
  readonly run: RunId
  /** ISO 8601. */
  readonly at: string
  /** Number of all of them; `orphans` has the first 1,000. */
  readonly count: number
  readonly orphans: readonly StoredOrphan[]
}

/** The orphans that each minion last reported. A report that does not know them (of a killed run) keeps the earlier ones. */
export const ORPHANS: Projector = {
  view: 'orphans',
  apply: ({ db, reports }, { at, event }) => {
    if (event.type === 'key-revoked') return forgetRevoked(db, 'DELETE FROM orphans', 'minion', event.minion)
    // Events of version 0.1 do not have the number: their reports need not be read for it.
    if (event.type !== 'report-stored' || event.orphans === undefined) return
    const { orphans: found } = reports.of(event.report)
    if (found === undefined) return
    const before = rowOf(db, event.minion)
    const reportedAt = notAhead(found.at, at)
    // A report that was delayed on its minion arrives after newer ones.
    if (before !== undefined && before.at > reportedAt && before.at <= at) return
    const upsert = `INSERT INTO orphans (minion, run, at, applied_at, count, value) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (minion) DO UPDATE SET run = excluded.run, at = excluded.at, applied_at = excluded.applied_at,
      count = excluded.count, value = excluded.value`
    const appliedAt = found.isApply ? reportedAt : (before?.applied_at ?? null)
    const value = canonicalJson({ list: withTimes(found, before) })
    db.run(upsert, event.minion, event.run, reportedAt, appliedAt, found.count, value)
  },
}

export interface OrphanStore {
  of(minion: MinionId): ReportedOrphans | undefined
  /** Lists what minions with at least one orphan last reported, by minion. */
  withAny(): readonly ReportedOrphans[]
  /** Minions that reported their orphans, also those that have none. */
  reported(): ReadonlySet<MinionId>
}

export function createOrphanStore(db: Db): OrphanStore {
  return {
    of: minion => {
      const row = rowOf(db, minion)
      return row === undefined ? undefined : reportedIn(minion, row)
    },
    withAny: () =>
      db
        .all<Row & { readonly minion: MinionId }>('SELECT * FROM orphans WHERE count > 0 ORDER BY minion')
        .map(row => reportedIn(row.minion, row)),
    reported: () => new Set(db.all<{ minion: MinionId }>('SELECT minion FROM orphans').map(({ minion }) => minion)),
  }
}

interface Row {
  readonly run: RunId
  readonly at: string
  readonly applied_at: string | null
  readonly count: number
  readonly value: string
}

function rowOf(db: Db, minion: MinionId): Row | undefined {
  return db.one<Row>('SELECT run, at, applied_at, count, value FROM orphans WHERE minion = ?', minion)
}

function reportedIn(minion: MinionId, row: Row): ReportedOrphans {
  const { run, at, count } = row
  return { minion, run, at, count, orphans: orphansIn(row) }
}

function orphansIn({ value }: Row): readonly StoredOrphan[] {
  return storedJson<{ readonly list: readonly StoredOrphan[] }>(value, 'orphans.value').list
}

/** An apply manages everything that its catalog declares, so a new orphan was managed until the apply before. */
function withTimes({ list }: NonNullable<ReportFacts['orphans']>, before: Row | undefined): readonly StoredOrphan[] {
  if (before === undefined) return list
  const known = new Map(orphansIn(before).map(one => [one.thing, one.lastManagedAt]))
  return list.map((one): StoredOrphan => {
    const at = known.has(one.thing) ? known.get(one.thing) : (before.applied_at ?? undefined)
    return at === undefined ? one : { ...one, lastManagedAt: at }
  })
}
