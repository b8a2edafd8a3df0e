/** One measured row. Lower values are better in every row. */
export interface Row {
  readonly section: string
  readonly name: string
  /** Size: files, minions, runs, MiB, as the section says. */
  readonly n: number
  readonly unit: Unit
  /** Medians of the turns; `low` and `high` show how noisy the machine was. */
  readonly value: number
  readonly low: number
  readonly high: number
  readonly turns: number
  /** The least that the same work costs, measured in turns with it; null where that is 0 or could not be measured. */
  readonly floor: Floor | null
  /** Median of value / floor, turn by turn, so that it holds when the speed of the machine drifts. */
  readonly ratio: number | null
  /** The same work by other programs, in the same turns. */
  readonly peers: { readonly [name: string]: number }
  /** Null when the project has no goal for this row and size, and in short runs. */
  readonly goal: Goal | null
}

export type Unit = 's' | 'ms' | 'MiB' | 'KiB' | 'lost'

interface Floor {
  readonly name: string
  readonly value: number
}

export interface Goal {
  readonly text: string
  /** Null when the peer or the floor that the goal compares with was not measured. */
  readonly met: boolean | null
}

/** A section, or a part of it, that could not be measured here. */
export interface LeftOut {
  readonly section: string
  readonly what: string
  readonly why: string
}

/** Everything that one run of the bench measured; `--json` prints it. */
export interface BenchRun {
  readonly format: 1
  /** True: tiny sizes, which only show that the bench works. */
  readonly short: boolean
  readonly machine: {
    readonly cpus: number
    readonly model: string
    readonly memoryMiB: number
    readonly kernel: string
    readonly node: string
  }
  readonly rows: readonly Row[]
  readonly leftOut: readonly LeftOut[]
}
