/** The metrics of the fleet that the master exposes. Times are seconds since 1970. */
export interface FleetFacts {
  readonly minions: readonly MinionFacts[]
  /** Keys by state: accepted, pending, rejected, revoked. */
  readonly keys: { readonly [state: string]: number }
  /** Unfinished runs, by state. */
  readonly onTheWay: { readonly [state: string]: number }
  readonly finished: readonly { readonly verb: string; readonly state: string; readonly runs: number }[]
  readonly certificates: readonly {
    readonly minion: string
    readonly name: string
    readonly notAfter: number
    /** An apply should have renewed it. */
    readonly isOverdue: boolean
  }[]
  /** The newest compliance report of each target. */
  readonly judgements: readonly {
    readonly target: string
    /** Percent. */
    readonly score: number
    readonly findings: number
    readonly at: number
  }[]
  /** Events in the log. */
  readonly events: number
}

export interface MinionFacts {
  readonly minion: string
  /** Empty when the minion has no level. */
  readonly level: string
  readonly connected: boolean
  /** Undefined when it never connected. */
  readonly lastSeen: number | undefined
  readonly runs: readonly {
    readonly verb: string
    readonly ok: boolean
    readonly at: number
    /** Number of states by outcome. */
    readonly states: { readonly [outcome: string]: number }
  }[]
}
