import { setImmediate as breathe } from 'node:timers/promises'
import { rawPublicKey } from '../../../protocol/signature.ts'
import type { Checkpoint, LogVerification } from '../../store/ports.ts'
import type { AuditRow, AuditVerification } from '../answers/audit-answers.ts'
import { auditRow } from '../audit-row.ts'
import { isSigned } from '../checkpoints.ts'
import type { ControlContext } from '../context.ts'
import type { CheckedInput } from '../contract.ts'
import type { Verb } from '../dispatch.ts'
import { minionsOfEvent } from '../rights/event-sight.ts'

const PAGE = 500

/** Who did what when, oldest first: the newest `limit` of what is asked for. */
export function auditVerb(context: ControlContext): Verb<'audit'> {
  const { log } = context.store
  return async (wanted, _emit, signal) => {
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
  }
}

function isWanted(row: AuditRow, { operator, verb, minion }: CheckedInput<'audit'>): boolean {
  if (operator !== undefined && row.operator !== operator) return false
  if (verb !== undefined && row.verb !== verb && row.event !== verb) return false
  return minion === undefined || row.minions?.includes(minion) === true
}

/** Holds every entry against its hash, the chain against what was signed of it, and the file against SQLite's own check. */
export function auditVerifyVerb(context: ControlContext): Verb<'audit-verify'> {
  const { store } = context
  const { log, checkpoints, blobFiles } = store
  const rawKey = rawPublicKey(context.keys.master)
  return async ({ anchors }): Promise<AuditVerification> => {
    const kept: Checkpoint[] = []
    for (let after = 0; ; ) {
      const page = checkpoints.list(after, PAGE)
      kept.push(...page)
      after = page.at(-1)?.seq ?? after
      if (page.length === 0) break
    }
    const counts = { checkpoints: kept.length, anchors: anchors.length }
    const all = [...kept, ...anchors]
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
  }
}

/** A long log takes seconds: everything else goes on in between. */
async function slowly(steps: Generator<number, LogVerification>): Promise<LogVerification> {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    await breathe()
  }
}
