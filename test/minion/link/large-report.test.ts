import { mkdir, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RunDispatcher } from '../../../master/jobs/dispatcher.ts'
import { ReportIntake } from '../../../master/jobs/report-intake.ts'
import { createReportParser } from '../../../master/store/tables/report-parser.ts'
import { LinkClient } from '../../../minion/link/client.ts'
import { tlsExporter } from '../../../minion/link/connect.ts'
import { loadNumbers } from '../../../minion/link/durable-state.ts'
import { type Outbox, openOutbox } from '../../../minion/link/outbox.ts'
import type { Report } from '../../../protocol/report.ts'
import { encodeReport } from '../../../protocol/report-codec.ts'
import { until } from '../../journey/scene.ts'
import { type LinkScene, openLinkScene } from '../../master/link/link-scene.ts'
import { jobId, newJob, newReport, newRun, result, runId } from '../../master/store/rows.ts'

/**
 * A real link and outbox of a minion, and a master that accepts reports of at most 1 MiB, and two reports a day for runs that
 * were never ordered.
 */

const MIB = 1024 * 1024
const parser = createReportParser()
let scene: LinkScene
let outbox: Outbox
let ended: Promise<void>
const stop = { current: new AbortController() }
const logged: string[] = []
const setAside: string[] = []

beforeEach(async () => {
  logged.length = 0
  setAside.length = 0
  stop.current = new AbortController()
  const late: { intake?: ReportIntake } = {}
  const intake = (): ReportIntake => {
    if (late.intake === undefined) throw new Error('no intake yet')
    return late.intake
  }
  scene = await openLinkScene({
    intake: {
      judge: offer => intake().judge(offer),
      store: report => intake().store(report),
      refused: (...of) => intake().refused(...of),
    },
  })
  const { store, identity } = scene
  const links = { isOnline: () => false } as never
  const of = { store, links, keyStore: store.keys, master: identity.masterKey, fleet: 'fleet-link', now: Date.now }
  const rule = { maxBytes: MIB, unorderedBytes: 10 * MIB, unorderedCount: 2 }
  late.intake = new ReportIntake({ store, rule, parser, dispatcher: new RunDispatcher(of), now: Date.now })
  const { socket } = await scene.connect('db1', { token: scene.token() })
  socket.terminate()
  outbox = openOutbox(join(scene.directory, 'db1', 'outbox'))
})

afterEach(async () => {
  stop.current.abort()
  await ended
  await scene.close()
})

async function connect(): Promise<void> {
  const link = new LinkClient({
    master: { host: '127.0.0.1', port: scene.server.port },
    identity: await scene.identityOf('db1'),
    rootHash: scene.identity.rootHash,
    numbers: await loadNumbers(join(scene.directory, 'db1')),
    join: undefined,
    now: Date.now,
    elapsed: () => performance.now(),
    exporter: tlsExporter,
    outbox,
    listener: {
      onReady: async () => undefined,
      onMessage: () => undefined,
      onTried: () => undefined,
      onSetAside: async run => void setAside.push(run),
      onLost: () => undefined,
    },
    log: event => void logged.push(event),
    random: Math.random,
  })
  ended = link.run(stop.current.signal)
}

function large(): Report {
  const results = Array.from({ length: 300 }, (_, at) => ({ ...result('changed', at), diff: '+line\n'.repeat(2000) }))
  return newReport(1, { results })
}

it('a minion shortens a report refused as too large until the master accepts it, and the run always has an outcome', async () => {
  const { store } = scene
  store.jobs.order(newJob(1, { expiresAt: new Date(Date.now() + 3_600_000).toISOString() }), [newRun(store, 1)])
  store.runs.send(runId(1))
  store.runs.accept(runId(1))
  const bytes = encodeReport(large())
  expect(bytes.length).toBeGreaterThan(3 * MIB)
  await outbox.put(runId(1), bytes)

  await connect()
  await until('the report is stored', () => store.runs.get(runId(1))?.report !== undefined)
  await until('the outbox is empty', () => logged.includes('report-shortened'))

  const types = store.log.read(0, 100).map(({ event }) => event.type)
  expect(types.filter(type => type === 'run-lost' || type === 'report-stored')).toEqual(['run-lost', 'report-stored'])
  const stored = store.reports.get(runId(1))
  expect(stored?.results).toHaveLength(300)
  expect(stored?.results[0]?.note).toContain('report truncated')
  expect(store.runs.get(runId(1))?.state).toBe('done')
})

it('a minion with a full disk stops offering a refused report and writes it to the outbox once there is room', async () => {
  const spool = join(scene.directory, 'full', 'outbox')
  // Leads nowhere until there is room.
  await mkdir(dirname(spool))
  await symlink(join(scene.directory, 'nowhere/at/all'), spool)
  outbox = openOutbox(spool)
  const { store } = scene
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  store.jobs.order(newJob(1, { expiresAt }), [newRun(store, 1, { minion: 'db2' as never })])
  const over = outbox.hold(runId(1), encodeReport(newReport(1)))

  await connect()
  await over
  await until('it is in the log', () => logged.includes('report-not-set-aside'))
  const [offered, kept] = [await outbox.list(), outbox.isInMemory(runId(1))]
  stop.current.abort()
  await ended
  await rm(spool)
  stop.current = new AbortController()
  await connect()
  await until('it is written', () => logged.includes('report-set-aside'))

  expect([offered, kept]).toEqual([[], true])
  expect(await outbox.refused()).toEqual([runId(1)])
  expect(logged.filter(event => event === 'report-refused')).toHaveLength(1)
  expect(setAside).toEqual([runId(1)])
})

it('a minion keeps reports that were postponed by the quota, and the master logs it once', async () => {
  const { store } = scene
  for (const number of [1, 2, 3, 4]) {
    const { job: _, ...report } = newReport(number, { origin: 'interval' })
    await outbox.put(runId(number), encodeReport(report))
  }

  await connect()
  await until('two are stored', () => [1, 2].every(number => store.jobs.get(jobId(number)) !== undefined))
  await until('the event is in the log', () =>
    store.log.read(0, 100).some(({ event }) => event.type === 'report-quota-reached'),
  )
  const link = scene.server.links.get('db1' as never)
  expect(link).toBeDefined()

  expect(await outbox.list()).toEqual(expect.arrayContaining([runId(3), runId(4)]))
  expect(store.jobs.get(jobId(3))).toBeUndefined()
})
