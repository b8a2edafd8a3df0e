import type { Goal, Row, Unit } from './row.ts'

/** What a row must reach. `of` a peer: the row must be below the value of that peer. */
interface Aim {
  readonly section: string
  readonly name: string
  /** Absent: for every size. */
  readonly n?: number
  readonly atMost:
    | { readonly value: number; readonly unit: Unit }
    | { readonly ratio: number }
    | { readonly peer: string }
}

const CFENGINE = { peer: 'CFEngine' } as const

/** The goals of the project, each for one row. */
export const AIMS: readonly Aim[] = [
  { section: 'nothing-to-do', name: 'whole command', n: 1000, atMost: { value: 0.5, unit: 's' } },
  { section: 'nothing-to-do', name: 'CPU of the whole command', atMost: CFENGINE },
  { section: 'nothing-to-do', name: 'engine', atMost: { ratio: 3 } },
  { section: 'create', name: 'whole command', atMost: { ratio: 2 } },
  { section: 'create', name: 'engine', atMost: { ratio: 2 } },
  { section: 'templates', name: 'whole command', atMost: CFENGINE },
  { section: 'packages', name: 'whole command', atMost: { value: 0.4, unit: 's' } },
  { section: 'start-up', name: 'master ping of one minion', atMost: { ratio: 2 } },
  { section: 'start-up', name: 'round trip of a ping', atMost: { value: 2, unit: 'ms' } },
  { section: 'memory', name: 'minion, idle', atMost: { value: 45, unit: 'MiB' } },
  { section: 'memory', name: 'minion, after work', n: 1000, atMost: { value: 60, unit: 'MiB' } },
  { section: 'memory', name: 'master, idle', atMost: { value: 90, unit: 'MiB' } },
  { section: 'memory', name: 'master, after work', n: 1000, atMost: { value: 90, unit: 'MiB' } },
  // 100 MB/s.
  { section: 'blobs', name: 'whole command', n: 16, atMost: { value: 0.17, unit: 's' } },
  { section: 'blobs', name: 'whole command', n: 64, atMost: { value: 0.67, unit: 's' } },
  { section: 'blobs', name: 'whole command', n: 512, atMost: { value: 5.4, unit: 's' } },
  { section: 'blobs', name: 'longest event-loop delay', atMost: { value: 50, unit: 'ms' } },
  { section: 'streams', name: 'master run', atMost: { ratio: 1.3 } },
  { section: 'copy', name: 'master cp', atMost: { ratio: 1.3 } },
  { section: 'compile', name: 'compile of one host with the role db, warm', atMost: { value: 2, unit: 'ms' } },
  { section: 'swarm', name: 'ping of all', n: 10_000, atMost: { value: 2, unit: 's' } },
  { section: 'swarm', name: 'apply of 20 states to all', n: 10_000, atMost: { value: 60, unit: 's' } },
  { section: 'swarm', name: 'links', atMost: { value: 0, unit: 'lost' } },
  { section: 'swarm', name: 'reports', atMost: { value: 0, unit: 'lost' } },
  { section: 'swarm', name: 'longest event-loop delay', atMost: { value: 50, unit: 'ms' } },
  { section: 'swarm', name: 'memory of the master for each minion', atMost: { value: 32, unit: 'KiB' } },
  { section: 'reconnect', name: 'all minions back', n: 10_000, atMost: { value: 30, unit: 's' } },
  { section: 'reports', name: 'reports stored', n: 10_000, atMost: { value: 10, unit: 's' } },
]

/** Compares a row with its goal; null when the project has none for it. */
export function goalOf(row: Omit<Row, 'goal'>): Goal | null {
  const aim = AIMS.find(({ section, name, n = row.n }) => section === row.section && name === row.name && n === row.n)
  return aim === undefined ? null : { text: aimText(aim), met: isMet(aim, row) }
}

/** The goal in words, without the row that it is for. */
export function aimText({ atMost }: Aim): string {
  if ('peer' in atMost) return `below ${atMost.peer}`
  return 'ratio' in atMost ? `at most ${atMost.ratio} x the floor` : `at most ${atMost.value} ${atMost.unit}`
}

function isMet({ atMost }: Aim, row: Omit<Row, 'goal'>): boolean | null {
  if ('value' in atMost) return row.value <= atMost.value
  if ('ratio' in atMost) return row.ratio === null ? null : row.ratio <= atMost.ratio
  const peer = row.peers[atMost.peer]
  return peer === undefined ? null : row.value < peer
}
