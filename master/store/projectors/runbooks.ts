import { canonicalJson } from '../../../protocol/json.ts'
import type { Projector } from './projector.ts'

/** Every procedure, and how it stands. */
export const RUNBOOK_RUNS: Projector = {
  view: 'runbook_runs',
  apply: ({ db }, { at, event }) => {
    if (event.type === 'runbook-started') {
      const { id, runbook, operator, target, plan } = event
      const insert = `INSERT INTO runbook_runs (id, runbook, operator, target, plan, state, started_at, moved_at)
        VALUES (?, ?, ?, ?, ?, 'running', ?, ?)`
      db.run(insert, id, runbook, operator, target, plan, at, at)
    } else if (event.type === 'runbook-moved') {
      const problem = event.problem === undefined ? null : canonicalJson(event.problem)
      // Whoever moved it last carries it on, with their own rights.
      const update = `UPDATE runbook_runs SET state = ?, problem = ?, operator = coalesce(?, operator), moved_at = ?
        WHERE id = ?`
      db.run(update, event.to, problem, event.operator ?? null, at, event.id)
    }
  },
}

/** The last word about each step. What it registered stays, also when it is undone. */
export const RUNBOOK_STEPS: Projector = {
  view: 'runbook_steps',
  apply: ({ db }, { at, event }) => {
    if (event.type !== 'runbook-step') return
    const { id, step, name, state, output, problem } = event
    const upsert = `INSERT INTO runbook_steps (id, step, name, state, output, problem, at) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id, step) DO UPDATE SET name = excluded.name, state = excluded.state,
      output = coalesce(excluded.output, output), problem = excluded.problem, at = excluded.at`
    db.run(upsert, id, step, name, state, output ?? null, problem === undefined ? null : canonicalJson(problem), at)
  },
}
