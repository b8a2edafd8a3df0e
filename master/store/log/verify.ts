import { createHash } from 'node:crypto'
import type { Db } from '../database.ts'
import type { Anchor, LogVerification } from '../ports.ts'

interface Row {
  readonly seq: number
  readonly key: string | null
  readonly bytes: Uint8Array
  readonly hash: Uint8Array
}

const PAGE = 500
export const BEFORE_THE_FIRST = new Uint8Array(32)

/** Hashes an entry: the hash before it, followed by its bytes. */
export function chained(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(before).update(bytes).digest()
}

/**
 * Verifies the whole chain, a page per step. Every entry is checked against its hash, and the hashes against the anchors, which
 * were published at the time: a chain that was rebuilt after a change is consistent in itself but differs from them.
 */
export function* verifyLog(db: Db, anchors: readonly Anchor[]): Generator<number, LogVerification> {
  const waiting = anchors.toSorted((a, b) => a.seq - b.seq)
  let before: Uint8Array = BEFORE_THE_FIRST
  let seq = 0
  let proved = 0
  for (;;) {
    const page = db.all<Row>('SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT ?', seq, PAGE)
    for (const row of page) {
      const message = fault(row, seq + 1, before)
      if (message !== undefined) return { ok: false, seq: seq + 1, message }
      before = row.hash
      seq = row.seq
      while (waiting[0]?.seq === seq) {
        const anchor = waiting.shift()
        if (anchor === undefined) break
        if (anchor.hash !== Buffer.from(before).toString('hex')) return { ok: false, ...rewritten(proved, anchor) }
        proved = seq
      }
    }
    if (page.length === 0) break
    yield seq
  }
  const last = waiting.at(-1)
  if (last === undefined) return { ok: true, entries: seq, head: Buffer.from(before).toString('hex') }
  return {
    ok: false,
    seq: seq + 1,
    message: `entry ${seq + 1} is missing: the log ends at ${seq}, but the checkpoint of ${last.at} has entry ${last.seq}`,
  }
}

/** Runs all steps at once and returns the result. */
export function drained<Result>(steps: Generator<unknown, Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

function rewritten(proved: number, { seq, at }: Anchor): { readonly seq: number; readonly message: string } {
  const which = proved + 1 === seq ? `entry ${seq}` : `one of the entries ${proved + 1} to ${seq}`
  return {
    seq: proved + 1,
    message: `${which} was changed and the hash chain was recomputed: it does not match the checkpoint of ${at}`,
  }
}

function fault(row: Row, expected: number, before: Uint8Array): string | undefined {
  if (row.seq !== expected) return `entry ${expected} is missing`
  const changed = `entry ${expected} was changed`
  if (Buffer.compare(chained(before, row.bytes), row.hash) !== 0) return changed
  try {
    const body = JSON.parse(new TextDecoder().decode(row.bytes)) as { readonly seq?: unknown; readonly key?: unknown }
    return body.seq === row.seq && (body.key ?? null) === row.key ? undefined : changed
  } catch {
    return changed
  }
}
