import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { catalogCache } from '../../../minion/jobs/catalog-cache.ts'
import { KnownSecrets } from '../../../minion/jobs/known-secrets.ts'
import { runCatalog } from '../../../minion/jobs/run-catalog.ts'
import { encodeCatalog, sha256Of } from '../../../protocol/catalog.ts'
import type { RunId } from '../../../protocol/ids.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import { catalogOf } from '../../../test/minion/apply/engine-scene.ts'
import { benchFiles } from '../bench-files.ts'
import { durableWrites } from '../durable-writes.ts'
import { inTurns, type Turns } from '../in-turns.ts'

/** What the parent passes as the only argument. */
export interface EngineWork extends Turns {
  readonly files: number
  readonly creates: boolean
  readonly directory: string
}

/** What goes to stdout: one number for each turn, in seconds. */
export interface EngineTimes {
  readonly engine: readonly number[]
  readonly floor: readonly number[]
}

const work = JSON.parse(process.argv[2] ?? '{}') as EngineWork
const own = join(work.directory, 'engine')
const floor = join(work.directory, 'floor')
const state = join(work.directory, 'state')
const files = benchFiles(work.files)
const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
const user = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim()
const catalog = catalogOf(
  files.map(({ name, contents }) => ({
    type: 'file.managed',
    name: join(own, name),
    params: { contents, user, group },
  })),
)
const opened = { catalog, hash: sha256Of(encodeCatalog(catalog)), generation: 1, secrets: [] }
const world = {
  stateDirectory: state,
  registry: createRegistry(STATES),
  cache: catalogCache(state),
  secrets: new KnownSecrets(),
  bootId: 'bench',
  now: Date.now,
  cancelled: new AbortController().signal,
  probe: () => Promise.resolve(),
  onBegin: () => undefined,
  onProgress: () => undefined,
}
let runs = 0

async function apply(outcome: 'changed' | 'unchanged'): Promise<void> {
  const run = `run-${String(++runs).padStart(26, '0')}` as RunId
  const { counts } = await runCatalog({ run, job: undefined, test: false, origin: 'local', opened }, world)
  if (counts[outcome] !== files.length) throw new Error(`not all states are ${outcome}: ${JSON.stringify(counts)}`)
}

async function secondsOf(act: () => Promise<unknown>): Promise<number> {
  if (work.creates) {
    for (const directory of [own, floor]) {
      rmSync(directory, { recursive: true, force: true })
      mkdirSync(directory, { recursive: true })
    }
    execFileSync('sync')
  }
  const begun = performance.now()
  await act()
  return (performance.now() - begun) / 1000
}

async function measure(): Promise<EngineTimes> {
  mkdirSync(state, { recursive: true })
  if (work.creates) {
    return await inTurns(work, {
      engine: () => secondsOf(() => apply('changed')),
      floor: () => secondsOf(() => Promise.resolve(durableWrites(floor, files.length))),
    })
  }
  mkdirSync(own, { recursive: true })
  await apply('changed')
  const sha256sum = promisify(execFile)
  const paths = files.map(({ name }) => join(own, name))
  return await inTurns(work, {
    engine: () => secondsOf(() => apply('unchanged')),
    floor: () => secondsOf(() => sha256sum('sha256sum', paths, { maxBuffer: 1e9 })),
  })
}

process.stdout.write(JSON.stringify(await measure()))
