import type { Problem } from '../../../protocol/errors.ts'
import type { Sha256 } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { Db } from '../database.ts'
import { shortProblem } from '../log/events.ts'
import type { Projector } from '../log/projector.ts'
import type { ScheduledRunId } from '../log/schedule-events.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../stored-json.ts'

/** The outbox: deliveries that are neither done nor given up. */
export const DELIVERIES: Projector = {
  view: 'deliveries',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'delivery-queued': {
        const insert = `INSERT INTO deliveries (id, recipient, subject, document, queued_at, give_up_at, next_at)
          VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
        db.run(insert, event.delivery, event.recipient, event.subject, event.document, at, event.giveUpAt, at)
        return
      }
      case 'delivery-tried': {
        const update = 'UPDATE deliveries SET attempts = attempts + 1, next_at = ?, problem = ? WHERE id = ?'
        db.run(update, event.nextAt, canonicalJson(event.problem), event.delivery)
        return
      }
      case 'delivery-done':
      case 'delivery-failed':
        db.run('DELETE FROM deliveries WHERE id = ?', event.delivery)
    }
  },
}

/** A pending delivery of a document to one recipient. */
export interface Delivery {
  readonly id: string
  readonly recipient: string
  readonly subject: string
  readonly document: Sha256
  readonly queuedAt: string
  readonly giveUpAt: string
  readonly nextAt: string
  /** Number of failed attempts. */
  readonly attempts: number
  /** Problem of the last attempt. */
  readonly problem?: Problem
}

interface NewDelivery {
  readonly id: string
  readonly recipient: string
  readonly subject: string
  readonly document: Sha256
  readonly giveUpAt: string
  readonly firing?: ScheduledRunId
}

/** The outbox. Unfinished deliveries are retried after a restart; each change is on disk when its call returns. */
export interface Deliveries {
  queue(delivery: NewDelivery): void
  failedOnce(delivery: Delivery, problem: Problem, nextAt: string): void
  done(delivery: Delivery): void
  giveUp(delivery: Delivery, problem: Problem): void
  /**
   * Lists deliveries that are due, longest waiting first; also those whose time is so late that a wrong clock must have set it.
   */
  due(nowMs: number, limit: number): readonly Delivery[]
  list(): readonly Delivery[]
}

interface Row extends Omit<Delivery, 'problem'> {
  readonly problem: string | null
}

/** Maximum delay of a retry. */
const LONGEST_WAIT_MS = 2 * 3_600_000

const COLUMNS = `id, recipient, subject, document, queued_at AS queuedAt, give_up_at AS giveUpAt, next_at AS nextAt,
  attempts, problem`

export function createDeliveries({ db, log }: { readonly db: Db; readonly log: Log }): Deliveries {
  return {
    queue: ({ id, ...rest }) => {
      log.append({ type: 'delivery-queued', delivery: id, ...rest }, { idempotencyKey: `delivery-queued/${id}` })
    },
    failedOnce: ({ id, recipient }, problem, nextAt) => {
      log.append({ type: 'delivery-tried', delivery: id, recipient, problem: shortProblem(problem), nextAt })
    },
    done: ({ id, recipient }) => {
      log.append({ type: 'delivery-done', delivery: id, recipient }, { idempotencyKey: `delivery-done/${id}` })
    },
    giveUp: ({ id, recipient }, problem) => {
      log.append({ type: 'delivery-failed', delivery: id, recipient, problem: shortProblem(problem) })
    },
    due: (nowMs, limit) => {
      const query = `SELECT ${COLUMNS} FROM deliveries WHERE next_at <= ? OR next_at > ? ORDER BY next_at, id LIMIT ?`
      const iso = (at: number): string => new Date(at).toISOString()
      return db.all<Row>(query, iso(nowMs), iso(nowMs + LONGEST_WAIT_MS), limit).map(deliveryOf)
    },
    list: () => db.all<Row>(`SELECT ${COLUMNS} FROM deliveries ORDER BY queued_at, recipient, id`).map(deliveryOf),
  }
}

function deliveryOf({ problem, ...row }: Row): Delivery {
  return { ...row, ...(problem === null ? {} : { problem: storedJson<Problem>(problem, 'deliveries.problem') }) }
}
