import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStore } from '../../../master/store/open.ts'
import { temporaryDirectory } from './fixture.ts'
import { delivered, newJob, newReport, newRun, result, runId, START } from './rows.ts'

const now = () => START

/** A report whose body does not compress well. */
function largeReport() {
  let seed = 1
  const noise = Array.from({ length: 200_000 }, () => {
    seed = (seed * 48271) % 2147483647
    return String.fromCharCode(33 + (seed % 90))
  })
  return newReport(1, { results: [{ ...result('changed', 0), diff: noise.join('') }] })
}

it('a disk that fills up while a report is written stores none of it, and the minion delivers it again later', () => {
  const directory = temporaryDirectory()
  const before = openStore(directory, { now })
  before.jobs.order(newJob(1), [newRun(before, 1)])
  before.runs.send(runId(1))
  before.close()
  const { size } = statSync(join(directory, 'saltern.db'))

  const store = openStore(directory, { now, maxBytes: size + 50_000 })
  const seq = store.log.lastSeq()
  expect(() => store.reports.save(delivered(largeReport()))).toThrow(
    expect.objectContaining({
      code: 'STORE_FULL',
      message: 'the disk of the state directory is full, nothing was stored',
    }),
  )
  expect(store.log.lastSeq()).toBe(seq)
  expect(store.log.verify()).toMatchObject({ ok: true })
  expect(store.runs.get(runId(1))?.state).toBe('sent')
  expect(store.reports.get(runId(1))).toBeUndefined()
  expect(store.runs.accept(runId(1))).toBe(true)
  store.close()

  const roomy = openStore(directory, { now })
  expect(roomy.reports.save(delivered(largeReport())).fresh).toBe(true)
  expect(roomy.reports.get(runId(1))).toEqual(largeReport())
  expect(roomy.rebuildViews()).toEqual([])
  roomy.close()
})
