import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { catalogCache } from '../../../minion/jobs/catalog-cache.ts'
import { ownRun } from '../../../minion/jobs/own-run.ts'
import { minionPaths } from '../../../minion/jobs/run-catalog.ts'
import { Runner, type WaitingRun } from '../../../minion/jobs/runner.ts'
import { type Outbox, openOutbox } from '../../../minion/link/outbox.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { AppError } from '../../../protocol/errors.ts'
import type { RunId } from '../../../protocol/ids.ts'
import type { FromMinion } from '../../../protocol/messages.ts'
import { rawPublicKey } from '../../../protocol/signature.ts'
import { master, OTHER, RUN, runnerDeps, signed, who } from './runner-scene.ts'

let directory: string
let outbox: Outbox
let said: FromMinion[]
let logged: string[]
let runner: Runner

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-runner-'))
  outbox = openOutbox(minionPaths(directory).outbox)
  said = []
  logged = []
  runner = new Runner(
    runnerDeps(directory, {
      outbox,
      link: { send: message => said.push(message) > 0, offerReports: () => Promise.resolve() },
      log: (event, { path }) => void (typeof path === 'string' && logged.push(`${event} ${path}`)),
    }),
  )
})
afterEach(async () => {
  runner.stop()
  await runner.idle()
  rmSync(directory, { recursive: true, force: true })
})

/** A run that blocks all others until the test releases it. */
function blocking(run: RunId): { readonly order: WaitingRun; readonly go: () => void } {
  const { promise, resolve } = Promise.withResolvers<never>()
  const order: WaitingRun = { run, job: undefined, test: false, origin: 'order', open: () => promise }
  return { order, go: () => resolve(Promise.reject(new Error('the test is over')) as never) }
}

it('a cancel of a run unknown to the minion is answered, so that the run ends on the master', async () => {
  await runner.cancel(RUN)

  expect(said).toMatchObject([{ type: 'refused', run: RUN, problem: { code: 'RUN_UNKNOWN' } }])
})

it('a cancel of a run whose report is waiting for delivery is answered only by the report', async () => {
  await outbox.put(RUN, new Uint8Array(1))
  await runner.cancel(RUN)

  expect(said).toEqual([])
})

it('a cancel removes a queued run', async () => {
  const { order, go } = blocking(OTHER)
  await runner.enqueue(order)
  await runner.enqueue({ ...order, run: RUN })
  await runner.cancel(RUN)

  expect(said.at(-1)).toMatchObject({ type: 'refused', run: RUN, problem: { code: 'RUN_CANCELLED' } })
  expect(await runner.knownRuns()).toEqual([OTHER])
  go()
})

it('the known runs of a minion include one that starts while the reports are listed', async () => {
  const { order, go } = blocking(OTHER)
  await runner.enqueue(order)
  const next = blocking(RUN)
  await runner.enqueue(next.order)
  const known = runner.knownRuns()
  go()

  expect(new Set(await known)).toEqual(new Set([OTHER, RUN]))
  next.go()
})

describe('a run that was killed and has no report yet, for want of room', () => {
  beforeEach(() => {
    const { journal } = minionPaths(directory)
    mkdirSync(journal, { recursive: true })
    const head = { run: RUN, minion: 'db1', test: false, origin: 'order', catalog: sha256Of(''), generation: 1 }
    const line = { head: { ...head, bootId: 'b', startedAt: new Date().toISOString(), states: [] } }
    writeFileSync(join(journal, `${RUN}.jsonl`), `${JSON.stringify(line)}\n`)
  })

  it('a killed run whose report is not written yet for lack of space is known to the minion', async () => {
    expect(await runner.knownRuns()).toEqual([RUN])
    expect(await runner.knows(RUN)).toBe(true)
  })

  it('a killed run whose report is not written yet is not executed again when its order is repeated', async () => {
    let opened = 0
    const open = () => {
      opened += 1
      return Promise.reject(new Error('it must not be opened'))
    }
    await runner.enqueue({ run: RUN, job: undefined, test: false, origin: 'order', open })
    await runner.idle()

    expect(opened).toBe(0)
    expect(said).toEqual([{ type: 'accepted', run: RUN }])
  })

  it('a killed run is still known once its report is written', async () => {
    await runner.recover(new AbortController().signal)

    expect(await outbox.list()).toEqual([RUN])
    expect(await runner.knownRuns()).toEqual([RUN])
  })

  it.each([
    ['lists 100,000 levels deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['nothing', 'null'],
    ['a value of another kind', '[[]]'],
  ])('a malformed run journal does not stop the agent, and its file is named: %s', async (_name, value) => {
    const path = join(minionPaths(directory).journal, `${RUN}.jsonl`)
    writeFileSync(path, readFileSync(path, 'utf8').replace('"states":[]', `"states":${value}`))
    await runner.recover(new AbortController().signal)

    expect(logged).toEqual([`journal-unreadable ${path}`])
    expect(await runner.knownRuns()).toEqual([])
  })
})

describe('whoever put a run in line', () => {
  const opened = { catalog: { states: [] }, secrets: [] } as never

  it('the caller is told when its run is refused before its first state because the disk is full', async () => {
    let refused = 0
    await runner.enqueue({
      run: RUN,
      job: undefined,
      test: false,
      origin: 'boot',
      begun: () => Promise.reject(new AppError({ code: 'DISK_FULL', message: 'no space is left' })),
      refused: () => void (refused += 1),
      open: () => Promise.resolve(opened),
    })
    await runner.idle()

    expect(said.at(-1)).toMatchObject({ type: 'refused', run: RUN, problem: { code: 'DISK_FULL' } })
    expect(refused).toBe(1)
  })

  it('the caller is told when its run is refused because the last run cannot be cleaned up', async () => {
    writeFileSync(minionPaths(directory).confirm, '{')
    let refused = 0
    const told = { begun: () => Promise.resolve(), refused: () => void (refused += 1) }
    const open = () => Promise.resolve(opened)
    await runner.enqueue({ run: RUN, job: undefined, test: false, origin: 'boot', ...told, open })
    await runner.idle()

    expect(said.at(-1)).toMatchObject({ type: 'refused', problem: { code: 'STATE_DAMAGED' } })
    expect(refused).toBe(1)
  })

  it('the caller is told once when the cached catalog cannot be opened', async () => {
    let refused = 0
    const cache = catalogCache(directory)
    const told = { begun: () => Promise.resolve(), refused: () => void (refused += 1) }
    await runner.enqueue(ownRun({ run: RUN, origin: 'boot', cache, masterKey: () => undefined, who, ...told }))
    await runner.idle()

    expect(refused).toBe(1)
  })
})

it('a run from the cache uses the newest catalog when it starts, not the one from when it was queued', async () => {
  const cache = catalogCache(directory)
  await cache.save(signed(5))
  const masterKey = Buffer.from(rawPublicKey(master)).toString('base64')
  const run = ownRun({ run: RUN, origin: 'boot', cache, masterKey: () => masterKey, who })
  await cache.save(signed(6))

  expect(await run.open(new AbortController().signal)).toMatchObject({
    generation: 6,
    catalog: { roles: ['generation-6'] },
  })
})

it('a catalog with a lower generation than the newest is refused', async () => {
  const cache = catalogCache(directory)
  await cache.save(signed(6))

  await expect(cache.save(signed(5))).rejects.toMatchObject({
    problems: [{ code: 'RUN_SUPERSEDED', message: expect.stringContaining('already has generation 6') }],
  })
  expect((await cache.load())?.generation).toBe(6)
})

it('a catalog with the same generation is accepted again', async () => {
  const cache = catalogCache(directory)
  await cache.save(signed(6))
  await cache.save(signed(6))

  expect((await cache.load())?.generation).toBe(6)
})
