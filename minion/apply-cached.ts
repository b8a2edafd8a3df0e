import { randomBytes } from 'node:crypto'
import { newRunId } from '../protocol/ids.ts'
import type { Report } from '../protocol/report.ts'
import { encodeReport } from '../protocol/report-codec.ts'
import { STATES } from '../states/index.ts'
import { createRegistry } from '../states/registry.ts'
import { removeJournal } from './apply/journal.ts'
import type { CommandWorld } from './commands.ts'
import { loadConfig } from './config.ts'
import { readBootId } from './grains/collect.ts'
import { loadIdentity } from './identity.ts'
import { takeApplyTurn } from './jobs/apply-turn.ts'
import { catalogCache } from './jobs/catalog-cache.ts'
import { KnownSecrets } from './jobs/known-secrets.ts'
import { cachedCatalog, openCached } from './jobs/open-cached.ts'
import { minionPaths, runCatalog } from './jobs/run-catalog.ts'
import { noCatalog } from './jobs/superseded.ts'
import { pinOf, probeMaster } from './link/connect.ts'
import { loadNumbers } from './link/durable-state.ts'
import { openOutbox } from './link/outbox.ts'

/** Applies the cached catalog without the master. */
export async function applyCached(stateDirectory: string, test: boolean, world: CommandWorld): Promise<Report> {
  const config = await loadConfig(stateDirectory)
  const registry = createRegistry(STATES)
  const cache = catalogCache(stateDirectory)
  if ((await cache.load()) === undefined) throw noCatalog()
  const identity = await loadIdentity(stateDirectory, config.id)
  const numbers = await loadNumbers(stateDirectory)
  const paths = minionPaths(stateDirectory)
  const run = newRunId(Date.now(), size => new Uint8Array(randomBytes(size)))
  const outbox = openOutbox(paths.outbox)
  const secrets = new KnownSecrets()
  const kept = await cachedCatalog(cache, numbers.current.masterKey, { identity, registry })
  secrets.learn(kept?.secrets ?? [])
  const release = await takeApplyTurn(
    { stateDirectory, cache, outbox, secrets, now: Date.now, log: world.log },
    { signal: world.signal, onWait: pid => world.log('run-waits', { pid }) },
  )
  try {
    // Load it only now: the run that held the lock can have fetched a newer one.
    const signed = await cache.load()
    if (signed === undefined) throw noCatalog()
    const opened = openCached(signed, numbers.current.masterKey, { identity, registry })
    const report = await runCatalog(
      { run, job: undefined, test, origin: 'local', opened },
      {
        stateDirectory,
        registry,
        cache,
        secrets,
        bootId: await readBootId(),
        now: Date.now,
        cancelled: world.signal,
        probe: probe => probeMaster(pinOf(config, numbers), probe),
        onBegin: () => undefined,
        onProgress: () => undefined,
      },
    )
    // The agent offers it to the master.
    await outbox.put(run, encodeReport(report))
    await removeJournal(paths.journal, run)
    return report
  } finally {
    await release()
  }
}
