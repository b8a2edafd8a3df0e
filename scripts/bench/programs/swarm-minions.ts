import { setTimeout as pause } from 'node:timers/promises'
import { minionId } from '../../../protocol/ids.ts'
import { parseJoinToken } from '../../../protocol/join-token.ts'
import { loopbackAddress } from '../loopback-address.ts'
import { simulateMinion } from '../simulated-minion.ts'
import type { SwarmCounts, SwarmPart } from '../swarm.ts'

const TELL_MS = 100
const PROBLEMS_TOLD = 20

const part = JSON.parse(process.argv[2] ?? '{}') as SwarmPart
const totals = { online: 0, connected: 0, lost: 0, stored: 0 }
const problems: string[] = []
const stop = new AbortController()
process.on('disconnect', () => process.exit(0))
setInterval(() => process.send?.({ ...totals, problems } satisfies SwarmCounts), TELL_MS)
const tokens = part.tokens.map(text => parseJoinToken(text))
for (let index = part.first; index < part.first + part.count; index++) {
  const token = tokens[Math.floor((index - part.first) / part.usesOfToken)]
  if (token === undefined) throw new Error(`no join token for minion ${index}`)
  const minion = simulateMinion({
    id: minionId(`m${index}`),
    port: part.port,
    token,
    localAddress: loopbackAddress(index),
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
