import type { Json } from '../../protocol/json.ts'
import type { MasterEvent } from './log/events.ts'

/** One entry of the log. */
export interface LogEntry {
  /** From 1, without gaps. */
  readonly seq: number
  readonly at: string
  /** Idempotency key. */
  readonly key?: string
  readonly event: MasterEvent
  /** SHA-256 over the previous hash and the bytes of this entry, hexadecimal. */
  readonly hash: string
}

export interface Appended {
  readonly seq: number
  /** False: an event with this idempotency key already existed, and nothing was written. */
  readonly fresh: boolean
}

/** The result of verifying the whole chain. */
export type LogVerification =
  | { readonly ok: true; readonly entries: number; readonly head: string }
  | { readonly ok: false; readonly seq: number; readonly message: string }

/** The state of the chain at one moment, published where it cannot be changed any more. */
export interface Anchor {
  readonly seq: number
  /** Hash of that entry, hexadecimal. */
  readonly hash: string
  readonly at: string
}

/** An anchor with the master's signature. */
export interface Checkpoint extends Anchor {
  /** base64 */
  readonly signature: string
}

/** The checkpoints in this store. They are not part of the log, because they describe it. */
export interface Checkpoints {
  add(checkpoint: Checkpoint): void
  last(): Checkpoint | undefined
  /** Lists those after `seq`, in order. */
  list(after: number, limit: number): readonly Checkpoint[]
}

/** All events in order, durable and hash-chained. When `append` returns, the event is in the log and in all views. */
export interface Log {
  /**
   * Appends an event. Throws EVENT_TOO_LARGE above 4 KiB, and STORE_FULL when there is no space; then nothing was written.
   * Reusing an idempotency key for another event is a bug and throws.
   */
  append(event: MasterEvent, options?: { readonly idempotencyKey?: string }): Appended
  /** Reads at most `limit` entries after `seq` (0: from the first). */
  read(after: number, limit: number): readonly LogEntry[]
  /** Returns 0 for an empty log. */
  lastSeq(): number
  /**
   * Notifies, after a commit, that there is something new to read; never inside the append. Returns a function that
   * unsubscribes.
   */
  subscribe(listener: (lastSeq: number) => void): () => void
  verify(): LogVerification
  /** Verifies in steps, so that a long log does not block everything else, and checks the anchors too. */
  verifySteps(anchors: readonly Anchor[]): Generator<number, LogVerification>
  /** Returns the last entry; undefined for an empty log. */
  head(): { readonly seq: number; readonly hash: string } | undefined
}

export interface Lease {
  readonly holder: string
  /** Only grows for this name, across all holders: an action with a lower token is stale. */
  readonly token: number
  readonly expiresAt: string
}

/** Small values that several callers may change concurrently. Not part of the log. */
export interface Kv {
  get(name: string): { readonly value: Json; readonly version: number } | undefined
  /**
   * Changes a value if it still has this version. Version 0 means that it does not exist; `undefined` deletes it. False when
   * another caller was faster, or the fence is stale.
   */
  compareAndSet(name: string, version: number, value: Json | undefined, fence?: Fence): boolean
  /**
   * Acquires a lease that is free, expired, or already the holder's own (which keeps its token); undefined while another holder
   * has it.
   */
  acquire(name: string, holder: string, ttlMs: number): Lease | undefined
  /** True while this exact lease is held. */
  holds(fence: Fence): boolean
  /** Releases a lease; false when it was no longer held. */
  release(fence: Fence): boolean
}

export interface Fence {
  readonly lease: string
  readonly token: number
}
