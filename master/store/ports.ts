import type { Json } from '../../protocol/json.ts'
import type { MasterEvent } from './log/events.ts'

/** One line of the log. */
export interface LogEntry {
  /** From 1, without gaps. */
  readonly seq: number
  readonly at: string
  /** Idempotency key. */
  readonly key?: string
  readonly event: MasterEvent
  /** SHA-256 over the hash before it and the bytes of this entry, hexadecimal. */
  readonly hash: string
}

export interface Appended {
  readonly seq: number
  /** False: an event with this idempotency key was there already, nothing was written. */
  readonly fresh: boolean
}

/** What a look at the whole chain found. */
export type LogVerification =
  | { readonly ok: true; readonly entries: number; readonly head: string }
  | { readonly ok: false; readonly seq: number; readonly message: string }

/** What the chain was like at one moment, told where nobody can take it back. */
export interface Anchor {
  readonly seq: number
  /** Of that entry, hexadecimal. */
  readonly hash: string
  readonly at: string
}

/** An anchor with the master's signature. */
export interface Checkpoint extends Anchor {
  /** base64 */
  readonly signature: string
}

/** The checkpoints that this store keeps. Not part of the log: they tell about it. */
export interface Checkpoints {
  add(checkpoint: Checkpoint): void
  last(): Checkpoint | undefined
  /** By number, those after `seq`. */
  list(after: number, limit: number): readonly Checkpoint[]
}

/** Everything that happened, in order, durable, hash-chained. An event is there, and in all views, when `append` returns. */
export interface Log {
  /**
   * EVENT_TOO_LARGE above 4 KiB; STORE_FULL without room, and then nothing was written. The same idempotency key with
   * another event is a bug and throws.
   */
  append(event: MasterEvent, options?: { readonly idempotencyKey?: string }): Appended
  /** Entries after `seq` (0: from the first), at most `limit`. */
  read(after: number, limit: number): readonly LogEntry[]
  /** 0 for an empty log. */
  lastSeq(): number
  /** A hint after a commit that there is something new to read; never inside the append. Returns how to end it. */
  subscribe(listener: (lastSeq: number) => void): () => void
  verify(): LogVerification
  /** The same in steps, held against anchors too: a long log need not stop everything else. */
  verifySteps(anchors: readonly Anchor[]): Generator<number, LogVerification>
  /** The last entry; undefined for an empty log. */
  head(): { readonly seq: number; readonly hash: string } | undefined
}

export interface Lease {
  readonly holder: string
  /** Only grows, for this name, whoever holds it: whoever acts on a lower one is late. */
  readonly token: number
  readonly expiresAt: string
}

/** Small values that several may want to change at once. Not part of the log. */
export interface Kv {
  get(name: string): { readonly value: Json; readonly version: number } | undefined
  /** Version 0 means: not there. `undefined` deletes. False when another was faster, or the fence is stale. */
  compareAndSet(name: string, version: number, value: Json | undefined, fence?: Fence): boolean
  /** The lease when it is free, expired, or the holder's own (which keeps its token); undefined while another has it. */
  acquire(name: string, holder: string, ttlMs: number): Lease | undefined
  /** True as long as this very lease holds. */
  holds(fence: Fence): boolean
  /** False when it was not held any more. */
  release(fence: Fence): boolean
}

export interface Fence {
  readonly lease: string
  readonly token: number
}
