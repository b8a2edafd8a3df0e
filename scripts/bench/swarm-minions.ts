import { setTimeout as pause } from 'node:timers/promises'
import { minionId } from '../../protocol/ids.ts'
import { parseJoinToken } from '../../protocol/join-token.ts'
import { simulateMinion } from './simulated-minion.ts'

/** Parameters of one process of a swarm, passed by its parent as the only argument. */
export interface SwarmPart {
  readonly port: number
  readonly token: string
  /** Number of the first minion and how many there are: `m<first>` and so on. */
  readonly first: number
  readonly count: number
  /** New connections per second. */
  readonly perSecond: number
}

/** Totals since the start, reported to the parent a few times per second. */
export interface SwarmCounts {
  readonly online: number
  readonly connected: number
  readonly lost: number
  readonly stored: number
  /** The first few unexpected events. */
  readonly problems: readonly string[]
}

const TELL_MS = 100
const PROBLEMS_TOLD = 20

/** A loopback address per minion, each in its own network: as many sources as in a real fleet. */
function addressOf(index: number): string {
  return `127.${1 + Math.floor(index / 250)}.${1 + (index % 250)}.1`
}

const part = JSON.parse(process.argv[2] ?? '{}') as SwarmPart
const token = parseJoinToken(part.token)
const totals = { online: 0, connected: 0, lost: 0, stored: 0 }
const problems: string[] = []
const stop = new AbortController()
process.on('disconnect', () => process.exit(0))
setInterval(() => process.send?.({ ...totals, problems } satisfies SwarmCounts), TELL_MS)
for (let index = part.first; index < part.first + part.count; index++) {
  const minion = simulateMinion({
    id: minionId(`m${index}`),
    port: part.port,
    token,
    localAddress: addressOf(index),
    onReady: () => {
      totals.online += 1
      totals.connected += 1
    },
    onLost: () => {
      totals.online -= 1
      totals.lost += 1
    },
    onStored: () => {
      totals.stored += 1
    },
    onProblem: message => {
      if (problems.length < PROBLEMS_TOLD) problems.push(message)
    },
  })
  void minion.run(stop.signal)
  await pause(1000 / part.perSecond)
}
