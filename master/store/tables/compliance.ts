import type { Sha256 } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import { type Blobs, jsonBlob } from '../blobs.ts'
import type { Db } from '../database.ts'
import type { EventOf } from '../log/events.ts'
import type { Projector } from '../log/projector.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../stored-json.ts'

/** Compliance checks and their results. */
export const COMPLIANCE: Projector = {
  view: 'compliance',
  apply: ({ db }, { at, event }) => {
    if (event.type !== 'compliance-judged') return
    const insert = `INSERT INTO compliance (id, target, operator, cached, score, findings, counts, report, at)
      VALUES (@id, @target, @operator, @cached, @score, @findings, @counts, @report, @at)
      ON CONFLICT (id) DO NOTHING`
    db.run(insert, {
      id: event.id,
      target: event.target,
      operator: event.operator,
      cached: event.cached ? 1 : 0,
      score: event.score,
      findings: event.findings,
      counts: canonicalJson(event.counts),
      report: event.report,
      at,
    })
  },
}

/** The result of a compliance check of a fleet. The body of the report is a blob. */
export interface Judgement extends Omit<EventOf<'compliance-judged'>, 'type'> {
  readonly at: string
}

export interface ComplianceStore {
  /** Stores report and summary in one transaction. */
  save(judgement: Omit<Judgement, 'at' | 'report'>, report: Uint8Array): void
  get(id: string): Judgement | undefined
  /** Newest first; only those of one target, if it is given. */
  list(limit: number, target?: string): readonly Judgement[]
  /** Returns the body of a report as it was stored. Throws STORE_DAMAGED when it is missing. */
  body<Report>(report: Sha256): Report
}

interface Row extends Omit<Judgement, 'cached' | 'counts'> {
  readonly cached: number
  readonly counts: string
}

export function createComplianceStore({ db, log, blobs }: { db: Db; log: Log; blobs: Blobs }): ComplianceStore {
  return {
    save: (judgement, report) => {
      db.atomically(() => {
        const { sha256 } = blobs.put(report)
        const idempotencyKey = `compliance-judged/${judgement.id}`
        log.append({ type: 'compliance-judged', ...judgement, report: sha256 }, { idempotencyKey })
      })
    },
    get: id => {
      const row = db.one<Row>('SELECT * FROM compliance WHERE id = ?', id)
      return row === undefined ? undefined : judgementOf(row)
    },
    list: (limit, target) => {
      const order = 'ORDER BY at DESC, id DESC LIMIT ?'
      const rows =
        target === undefined
          ? db.all<Row>(`SELECT * FROM compliance ${order}`, limit)
          : db.all<Row>(`SELECT * FROM compliance WHERE target = ? ${order}`, target, limit)
      return rows.map(judgementOf)
    },
    body: <Report>(report: Sha256) => jsonBlob<Report>(blobs, report),
  }
}

function judgementOf(row: Row): Judgement {
  return { ...row, cached: row.cached === 1, counts: storedJson<Judgement['counts']>(row.counts, 'compliance.counts') }
}
