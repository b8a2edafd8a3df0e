import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { catalogCache } from '../../minion/jobs/catalog-cache.ts'
import { KnownSecrets } from '../../minion/jobs/known-secrets.ts'
import { runCatalog } from '../../minion/jobs/run-catalog.ts'
import { encodeCatalog, sha256Of } from '../../protocol/catalog.ts'
import type { Report } from '../../protocol/report.ts'
import { STATES } from '../../states/index.ts'
import { createRegistry } from '../../states/registry.ts'
import { catalogOf } from '../../test/minion/apply/engine-scene.ts'
import { type Finding, round, timePair } from './measure.ts'

const FILES = 1000
const run = promisify(execFile)

/** A complete run of 1,000 unchanged `file.managed` states of 1 KiB, compared with one `sha256sum` of the files. */
export async function benchNothingToDo(): Promise<readonly Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-bench-'))
  try {
    const files = Array.from({ length: FILES }, (_, index) => join(directory, 'files', `file-${index}`))
    await mkdir(join(directory, 'files'))
    const { stdout: group } = await run('id', ['-gn'])
    const owner = { user: userInfo().username, group: group.trim() }
    const catalog = catalogOf(
      files.map((name, index) => {
        return { type: 'file.managed', name, params: { contents: `${index} `.repeat(400).slice(0, 1024), ...owner } }
      }),
    )
    const opened = { catalog, hash: sha256Of(encodeCatalog(catalog)), generation: 1, secrets: [] }
    let count = 0
    const apply = (): Promise<Report> =>
      runCatalog(
        {
          run: `run-${String(++count).padStart(26, '0')}` as Report['run'],
          job: undefined,
          test: false,
          origin: 'local',
          opened,
        },
        {
          stateDirectory: join(directory, 'state'),
          registry: createRegistry(STATES),
          cache: catalogCache(join(directory, 'state')),
          secrets: new KnownSecrets(),
          bootId: 'bench',
          now: Date.now,
          cancelled: new AbortController().signal,
          probe: () => Promise.resolve(),
          onProgress: () => undefined,
        },
      )
    const first = await apply()
    const second = await apply()
    if (first.counts.changed !== FILES || second.counts.unchanged !== FILES) {
      throw new Error(`the bench does not measure what it says: ${JSON.stringify([first.counts, second.counts])}`)
    }
    const pair = await timePair(7, apply, () => run('sha256sum', files))
    return [
      {
        what: 'run with nothing to do, 1,000 files of 1 KiB, beside `sha256sum` of them',
        measured: `${round(pair.ratio)} x (${round(pair.first)} ms / ${round(pair.second)} ms)`,
        budget: '3 x',
        ok: pair.ratio <= 3,
      },
    ]
  } finally {
    await rm(directory, { recursive: true })
  }
}
