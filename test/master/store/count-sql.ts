import Sqlite from 'better-sqlite3'
import { onTestFinished, vi } from 'vitest'

/** The amount of work done by SQLite. Counted, so that growth can be tested without a clock. */
export interface SqlWork {
  /** Executed statements. */
  statements: number
  /** Returned rows. */
  rows: number
  /** Steps of query plans that read a whole table or a whole index, such as `SCAN runs`. */
  readonly scans: Set<string>
}

type Prepare = (this: Sqlite.Database, sql: string) => Sqlite.Statement<unknown[]>
const prepare = Object.getOwnPropertyDescriptor(Sqlite.prototype, 'prepare')?.value as Prepare

/** Counts the work of every database opened from now until the test ends. */
export function countSql(): SqlWork {
  const work: SqlWork = { statements: 0, rows: 0, scans: new Set() }
  const spy = vi.spyOn(Sqlite.prototype, 'prepare').mockImplementation(function (this: Sqlite.Database, sql: string) {
    const statement = prepare.call(this, sql)
    const [get, all, run] = [
      statement.get.bind(statement),
      statement.all.bind(statement),
      statement.run.bind(statement),
    ]
    const planned = (): void => {
      if (!/^\s*(SELECT|WITH)\b/i.test(sql)) return
      for (const step of scansOf(prepare.call(this, `EXPLAIN QUERY PLAN ${sql}`))) work.scans.add(step)
    }
    return Object.assign(statement, {
      get: (...parameters: unknown[]) => {
        planned()
        const row = get(...parameters)
        work.statements += 1
        work.rows += row === undefined ? 0 : 1
        return row
      },
      all: (...parameters: unknown[]) => {
        planned()
        const rows = all(...parameters)
        work.statements += 1
        work.rows += rows.length
        return rows
      },
      run: (...parameters: unknown[]) => {
        work.statements += 1
        return run(...parameters)
      },
    })
  })
  onTestFinished(() => spy.mockRestore())
  return work
}

function scansOf(explain: Sqlite.Statement): readonly string[] {
  const parameters = Array.from({ length: explain.source.split('?').length - 1 }, () => null)
  const plan = explain.all(...parameters) as readonly { readonly detail: string }[]
  return plan.map(({ detail }) => detail).filter(detail => /^SCAN (?!CONSTANT)/.test(detail))
}

/** Returns the work done while `act` ran. */
export function workOf(work: SqlWork, act: () => void): { readonly statements: number; readonly rows: number } {
  const [statements, rows] = [work.statements, work.rows]
  act()
  return { statements: work.statements - statements, rows: work.rows - rows }
}
