import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeJournal } from '../../../minion/apply/journal.ts'
import { takeApplyTurn } from '../../../minion/jobs/apply-turn.ts'
import { openCatalog } from '../../../minion/jobs/open-catalog.ts'
import { minionPaths } from '../../../minion/jobs/run-catalog.ts'
import { Runner, type RunnerDeps } from '../../../minion/jobs/runner.ts'
import { type Aside, type Outbox, openOutbox } from '../../../minion/link/outbox.ts'
import { setAside } from '../../../minion/link/set-aside.ts'
import type { RunId } from '../../../protocol/ids.ts'
import type { FromMinion } from '../../../protocol/messages.ts'
import { rawPublicKey } from '../../../protocol/signature.ts'
import { master, RUN, runnerDeps, signed, who } from './runner-scene.ts'

let directory: string
let outbox: Outbox
let said: FromMinion[]
let deps: RunnerDeps
let runner: Runner

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-refused-'))
  outbox = openOutbox(minionPaths(directory).outbox)
  said = []
  deps = runnerDeps(directory, {
    outbox,
    link: {
      send: message => said.push(message) > 0,
      // The master refuses all for good.
      offerReports: async () => {
        for (const run of await outbox.list()) await outbox.setAside(run)
      },
    },
  })
  runner = new Runner(deps)
})
afterEach(async () => {
  runner.stop()
  await runner.idle()
  rmSync(directory, { recursive: true, force: true })
})

describe('a run whose report was refused by the master while the disk was full', () => {
  /** Where reports go; a link that leads nowhere is a disk that takes nothing. */
  const spool = (): string => minionPaths(directory).outbox
  const journal = (): readonly string[] => readdirSync(minionPaths(directory).journal)

  async function ended(test = false): Promise<void> {
    symlinkSync(join(directory, 'nowhere/at/all'), spool())
    const opened = openCatalog(signed(1), { ...who, masterKey: rawPublicKey(master), fleet: 'fleet-one' })
    await runner.enqueue({ run: RUN, job: undefined, test, origin: 'order', open: async () => opened })
    await runner.idle()
  }

  it('a run whose report was refused on a full disk keeps its journal until the report is set aside', async () => {
    await ended()
    const before = journal()
    await runner.recover(new AbortController().signal)
    const after = journal()
    rmSync(spool())
    const { written } = await outbox.setAsideAgain()

    expect([before, after]).toEqual([[`${RUN}.jsonl`], [`${RUN}.jsonl`]])
    expect(written).toEqual([RUN])
    expect(await outbox.list()).toEqual([])
  })

  it('a run whose report was refused on a full disk gets a report from its journal after the minion is killed', async () => {
    await ended()
    rmSync(spool())
    const reopened = openOutbox(spool())
    const release = await takeApplyTurn(
      { ...deps, outbox: reopened },
      { signal: new AbortController().signal, onWait: () => undefined },
    )
    await release()

    expect(await reopened.list()).toEqual([RUN])
    expect(journal()).toEqual([])
  })

  it('a run whose report was refused gets no second report when the minion is killed before it deletes the journal', async () => {
    await ended()
    rmSync(spool())
    await outbox.setAsideAgain()
    const reopened = openOutbox(spool())
    const release = await takeApplyTurn(
      { ...deps, outbox: reopened },
      { signal: new AbortController().signal, onWait: () => undefined },
    )
    await release()

    expect([await reopened.list(), await reopened.refused(), journal()]).toEqual([[], [RUN], []])
  })

  it('a run whose report was refused and then dropped gets no second report, and loses its journal', async () => {
    await ended()
    const { dropped } = await dropFirst()
    await runner.recover(new AbortController().signal)
    const between = await outbox.list()
    const listener = { onSetAside: (run: RunId) => removeJournal(minionPaths(directory).journal, run) }
    const aside = { setAside: async () => ({ written: [], left: [], dropped }) }
    await setAside({ outbox: { ...outbox, ...aside }, listener, log: () => undefined }, RUN)
    rmSync(spool())
    await runner.recover(new AbortController().signal)

    expect([dropped, between]).toEqual([[RUN], []])
    expect([await outbox.list(), journal(), outbox.isInMemory(RUN)]).toEqual([[], [], false])
  })

  /** Refuses reports of other runs until the first one has no room in memory. */
  async function dropFirst(): Promise<Pick<Aside, 'dropped'>> {
    const dropped: RunId[] = []
    for (let at = 10; dropped.length === 0; at++) {
      const other = `run-01jd3v000000000000000001${at}` as RunId
      void outbox.hold(other, new Uint8Array(1))
      dropped.push(...(await outbox.setAside(other)).dropped)
    }
    return { dropped }
  }

  it('a run whose report was refused on a full disk does not block the next run', async () => {
    await ended(true)

    expect(said.at(-1)).toMatchObject({ type: 'running', run: RUN })
    expect(runner.busy).toBe(false)
    expect(outbox.isInMemory(RUN)).toBe(true)
  })
})
