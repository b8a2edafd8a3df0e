import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { catalogCache } from '../../../minion/jobs/catalog-cache.ts'
import { KnownSecrets } from '../../../minion/jobs/known-secrets.ts'
import { runCatalog } from '../../../minion/jobs/run-catalog.ts'
import { encodeCatalog, sha256Of } from '../../../protocol/catalog.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import { catalogOf } from '../apply/engine-scene.ts'
import { RUN } from './runner-scene.ts'

const OLD = 'alt-und-geheim-1'
const NEW = 'neu-und-geheim-2'
const NEVER = 'was-never-a-secret'

it('a minion knows the secrets of all catalogs that it opened, each once and the newest last', () => {
  const secrets = new KnownSecrets()
  secrets.learn(['a', 'b'])
  secrets.learn(['c', 'a'])

  expect(secrets.all).toEqual(['b', 'c', 'a'])
  expect(secrets.with(['d', 'b'])).toEqual(['d', 'b', 'c', 'a'])
})

it('a minion keeps at most 2,000 secrets and 1 Mi characters, and drops the oldest', () => {
  const [many, large] = [new KnownSecrets(), new KnownSecrets()]
  for (let turn = 0; turn < 30; turn++) many.learn(Array.from({ length: 100 }, (_, at) => `${turn}/${at}`))
  for (let turn = 0; turn < 5; turn++) large.learn([`${turn}`.repeat(400_000)])

  expect(many.all).toHaveLength(2_000)
  expect([many.all[0], many.all.at(-1)]).toEqual(['10/0', '29/99'])
  expect(large.all.map(value => value.at(0))).toEqual(['3', '4'])
})

it('all secrets of the current catalog are kept, however many there are', () => {
  const secrets = new KnownSecrets()
  const all = Array.from({ length: 5_000 }, (_, at) => `secret ${at}`)
  secrets.learn(all)

  expect(secrets.with(all)).toHaveLength(5_000)
})

describe('the report of a run', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'saltern-known-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('the report of a run masks a secret of an earlier catalog and still shows why the run failed', async () => {
    const secrets = new KnownSecrets()
    secrets.learn([OLD])
    const says = `echo the journal says: password ${OLD} and ${NEW}, not ${NEVER} >&2; exit 3`
    const catalog = catalogOf([{ type: 'cmd.run', name: 'start', params: { cmd: says, shell: true } }])
    const report = await runCatalog(
      {
        run: RUN,
        job: undefined,
        test: false,
        origin: 'order',
        opened: { catalog, hash: sha256Of(encodeCatalog(catalog)), generation: 1, secrets: [NEW] },
      },
      {
        stateDirectory: directory,
        registry: createRegistry(STATES),
        cache: catalogCache(directory),
        secrets,
        bootId: 'b',
        now: Date.now,
        cancelled: new AbortController().signal,
        probe: () => Promise.resolve(),
        onBegin: () => undefined,
        onProgress: () => undefined,
      },
    )
    const [result] = report.results
    const shown = JSON.stringify({ ...result, name: undefined, id: undefined, key: undefined })

    expect(result?.outcome).toBe('failed')
    expect(result?.problem?.message).toContain(`the journal says: password *** and ***, not ${NEVER}`)
    expect(shown).not.toContain(OLD)
    expect(shown).not.toContain(NEW)
  })
})
