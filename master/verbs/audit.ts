import { setImmediate as breathe } from 'node:timers/promises'
import { z } from 'zod'
import { rawPublicKey } from '../../protocol/signature.ts'
import { minionsOfEvent } from '../access/event-visibility.ts'
import type { AuditRow } from '../control/audit-row.ts'
import { auditRow, MOST_CHECKPOINTS } from '../control/audit-row.ts'
import { isSigned } from '../control/checkpoints.ts'
import type { Checkpoint, LogVerification } from '../store/ports.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

/** The result of verifying the whole log. */
export interface AuditVerification {
  readonly ok: boolean
  /** Number of intact entries, counted from the first one. */
  readonly entries: number
  /** Hash of the last entry, when all are intact. */
  readonly head?: string
  /** Signed checkpoints that were compared: those in the store, and those given by the caller. */
  readonly checkpoints: number
  readonly given: number
  /** The first invalid entry; absent when the fault is in the database file and not in an entry. */
  readonly seq?: number
  readonly message?: string
}

const PAGE = 500

const WANTED = z.strictObject({
  operator: name.optional(),
  verb: name.optional(),
  minion: name.optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  limit: z.number().int().min(1).max(10_000).default(50),
})

const checkpoint = z.strictObject({
  seq: z.number().int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.string().max(40),
  signature: z.string().max(100),
})

/** Lists who did what and when, oldest first: the newest `limit` entries that match. */
const auditVerb = defineVerb({
  name: 'audit',
  input: WANTED,
  right: { on: 'fleet', kind: 'read' },
  async run(context, wanted, { signal }) {
    const { log } = context.store
    const acts: AuditRow[] = []
    for (let end = log.lastSeq(); end > 0 && acts.length < wanted.limit && !signal.aborted; end -= PAGE) {
      const from = Math.max(0, end - PAGE)
      const page = log.read(from, end - from)
      for (const entry of page.toReversed()) {
        if (acts.length >= wanted.limit) break
        if (wanted.since !== undefined && entry.at < wanted.since) return { acts: acts.reverse() }
        if (!('operator' in entry.event) || (wanted.until !== undefined && entry.at >= wanted.until)) continue
        const row = auditRow(entry, minionsOfEvent(context, entry.event))
        if (row !== undefined && isWanted(row, wanted)) acts.push(row)
      }
      await breathe()
    }
    return { acts: acts.reverse() }
  },
})

function isWanted(row: AuditRow, { operator, verb, minion }: z.output<typeof WANTED>): boolean {
  if (operator !== undefined && row.operator !== operator) return false
  if (verb !== undefined && row.verb !== verb && row.event !== verb) return false
  return minion === undefined || row.minions?.includes(minion) === true
}

/** Verifies every entry against its hash, the chain against the signed checkpoints, and the file with SQLite's own check. */
export const auditVerifyVerb = defineVerb({
  name: 'audit-verify',
  input: z.strictObject({ given: z.array(checkpoint).max(MOST_CHECKPOINTS).default([]) }),
  right: { on: 'fleet', kind: 'read' },
  async run(context, { given }): Promise<AuditVerification> {
    const { store } = context
    const { log, checkpoints, blobFiles } = store
    const rawKey = rawPublicKey(context.keys.master)
    const kept: Checkpoint[] = []
    for (let after = 0; ; ) {
      const page = checkpoints.list(after, PAGE)
      kept.push(...page)
      after = page.at(-1)?.seq ?? after
      if (page.length === 0) break
    }
    const counts = { checkpoints: kept.length, given: given.length }
    const all = [...kept, ...given]
    for (const [index, checkpoint] of all.entries()) {
      if (index % PAGE === 0) await breathe()
      if (isSigned(context.fleetId, rawKey, checkpoint)) continue
      const { seq, at } = checkpoint
      const message = `the checkpoint of entry ${seq} (${at}) was not signed by this master`
      return { ok: false, entries: 0, ...counts, seq, message }
    }
    const found = await slowly(log.verifySteps(all))
    if (!found.ok) return { ok: false, entries: found.seq - 1, ...counts, seq: found.seq, message: found.message }
    const [damage] = await store.integrity()
    if (damage !== undefined) {
      const message = `SQLite finds the database damaged: ${damage}; restore the state directory from its backup`
      return { ok: false, entries: found.entries, ...counts, message }
    }
    for await (const { path, fault } of blobFiles.verify()) {
      const message = `the file \`${path}\` is ${fault}; the next apply that needs it stores it again`
      return { ok: false, entries: found.entries, ...counts, message }
    }
    return { ok: true, entries: found.entries, head: found.head, ...counts }
  },
})

export const auditVerbs = [auditVerb, auditVerifyVerb] as const

/** Runs the steps with pauses: a long log takes seconds, and everything else must go on meanwhile. */
async function slowly(steps: Generator<number, LogVerification>): Promise<LogVerification> {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    await breathe()
  }
}
