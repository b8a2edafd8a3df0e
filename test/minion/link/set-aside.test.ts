import { expect, it } from 'vitest'
import type { Aside } from '../../../minion/link/outbox.ts'
import { setAside, setAsideAgain } from '../../../minion/link/set-aside.ts'
import { AppError } from '../../../protocol/errors.ts'

const run = (end: string): never => `run-01jd3v000000000000000000${end}` as never
const NONE: Aside = { written: [], left: [], dropped: [] }

/** What was logged, which runs were named as being over, and which of them were then deleted. */
function scene(outcome: Aside) {
  const logged: unknown[] = []
  const written: unknown[] = []
  const deleted: unknown[] = []
  const deps = {
    outbox: {
      setAside: async () => outcome,
      setAsideAgain: async () => outcome,
      delete: async (one: unknown) => void deleted.push(one),
    },
    listener: { onSetAside: async (one: unknown) => void written.push(one) },
    log: (event: string, data: object) => void logged.push({ event, ...data }),
  }
  return { deps, logged, written, deleted }
}

it('setting aside a refused report logs nothing when the disk accepts it', async () => {
  const { deps, logged, written } = scene({ ...NONE, written: [run('0a')] })
  await setAside(deps, run('0a'))

  expect([logged, written]).toEqual([[], [run('0a')]])
})

it('a refused report that cannot be written is logged with the disk error and the number of such reports', async () => {
  const cause = new AppError({ code: 'DISK_FULL', message: 'no space is left' })
  const { deps, logged, written } = scene({ ...NONE, left: [run('0a'), run('0b')], cause })
  await setAside(deps, run('0b'))

  expect(written).toEqual([])
  expect(logged).toMatchObject([
    { event: 'report-not-set-aside', run: run('0b'), left: 2, code: 'DISK_FULL', message: 'no space is left' },
  ])
})

it('a refused report that is dropped for a newer one is logged, and its run is over', async () => {
  const { deps, logged, written, deleted } = scene({ ...NONE, dropped: [run('0a')], left: [run('0b')] })
  await setAside(deps, run('0b'))

  expect(logged).toMatchObject([{ event: 'report-dropped', run: run('0a') }, { event: 'report-not-set-aside' }])
  expect([written, deleted]).toEqual([[run('0a')], [run('0a')]])
})

it('a refused report is logged as set aside only once the disk accepts it', async () => {
  const left = scene({ ...NONE, left: [run('0a')] })
  const done = scene({ ...NONE, written: [run('0a')] })
  await setAsideAgain(left.deps)
  await setAsideAgain(done.deps)

  expect(left.logged).toEqual([])
  expect([done.logged, done.written]).toEqual([[{ event: 'report-set-aside', run: run('0a') }], [run('0a')]])
})
