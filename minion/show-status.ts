import { formatHostPort } from '../protocol/host-port.ts'
import { unfinishedRuns } from './apply/journal.ts'
import { loadPendingTriggers } from './apply/pending-triggers.ts'
import { loadConfig } from './config.ts'
import { identityFingerprint, loadIdentity } from './identity.ts'
import { catalogCache } from './jobs/catalog-cache.ts'
import { minionPaths } from './jobs/run-catalog.ts'
import { openOutbox } from './link/outbox.ts'

/** Prints the identity of this minion, its pending triggers, and reports not sent yet or refused. */
export async function showStatus(stateDirectory: string, print: (line: string) => void): Promise<void> {
  const config = await loadConfig(stateDirectory)
  const paths = minionPaths(stateDirectory)
  const outbox = openOutbox(paths.outbox)
  const [identity, pending, reports, refused, unfinished, cached] = await Promise.all([
    loadIdentity(stateDirectory, config.id),
    loadPendingTriggers(paths.pendingTriggers),
    outbox.list(),
    outbox.refused(),
    unfinishedRuns(paths.journal),
    catalogCache(stateDirectory).load(),
  ])
  print(`id           ${config.id}`)
  print(`master       ${formatHostPort(config.master)}`)
  print(`fingerprint  ${identityFingerprint(identity)}`)
  print(`catalog      ${cached === undefined ? 'none yet' : `generation ${cached.generation}`}`)
  print(`reports      ${counted(reports, 'none waiting', 'waiting')}`)
  print(`refused      ${counted(refused, 'none', `refused by the master, kept in ${paths.outbox}`)}`)
  print(`unfinished   ${counted(unfinished, 'none', 'without a report on disk')}`)
  print(
    `pending      ${pending.all.length === 0 ? 'no triggers' : pending.all.map(({ state, cause }) => `${state} because of ${cause}`).join('; ')}`,
  )
}

/** Counts and lists runs. Pure. */
function counted(runs: readonly string[], none: string, what: string): string {
  return runs.length === 0 ? none : `${runs.length} ${what}: ${runs.join(', ')}`
}
