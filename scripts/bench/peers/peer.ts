/** Work that every program can express in its own language. */
export type PeerWork =
  | { readonly kind: 'files'; readonly files: readonly { readonly name: string; readonly contents: string }[] }
  | { readonly kind: 'templates'; readonly count: number }
  | { readonly kind: 'packages'; readonly names: readonly string[] }
  | { readonly kind: 'services'; readonly names: readonly string[] }

/** Another configuration management program. */
export interface Peer {
  readonly name: string
  /** The program that must be installed. */
  readonly program: string
  /** Exit codes of success. */
  readonly exits: readonly number[]
  /** Found in the output when the work failed, although the exit code says nothing. Absent: the exit code tells. */
  readonly failure?: RegExp
  /**
   * Writes the work into `policy`, a directory of its own, and returns the command that does it on this host without a server.
   * Files go into `target`. Undefined when the peer has no idiomatic way or would take many minutes.
   */
  prepare(work: PeerWork, policy: string, target: string): readonly string[] | undefined
}
