import { setImmediate } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import type { Caller } from '../../../master/access/caller.ts'
import type { Dispatch } from '../../../master/api/dispatch.ts'
import type { ApplyResult } from '../../../master/jobs/results.ts'
import { loadDocument } from '../../../master/scheduler/deliver.ts'
import { carryOut, inputOf } from '../../../master/scheduler/scheduled-run.ts'
import type { ScheduledRunOrder } from '../../../master/store/log/schedule-events.ts'
import type { ScheduledRun } from '../../../master/store/tables/schedules.ts'
import { AppError } from '../../../protocol/errors.ts'
import { openFixture } from '../store/fixture.ts'
import { delivered, jobId, newJob, newReport, newRun } from '../store/rows.ts'
import { eventsOf } from './schedule-scene.ts'
import { scheduledRunContext } from './scheduled-run-context.ts'

const SCHEDULED_RUN = 'nightly@2026-11-21T10:00:00.000Z'
const ORDER: ScheduledRunOrder = {
  verb: 'test',
  target: '*',
  splayMs: 0,
  withinMs: 3_600_000,
  options: {},
  recipients: ['ops'],
}

/** A claimed scheduled run in a real store; the test defines what the verb does. */
function sceneOf(order: Partial<ScheduledRunOrder> = {}) {
  const fixture = openFixture()
  const due = '2026-11-21T10:00:00.000Z'
  fixture.store.log.append({ type: 'schedule-set', schedule: 'nightly', rule: 'r', since: due })
  fixture.store.log.append({
    type: 'schedule-fired',
    schedule: 'nightly',
    firing: SCHEDULED_RUN,
    due,
    order: { ...ORDER, ...order },
  })
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  return {
    fixture,
    stop,
    get scheduledRun(): ScheduledRun {
      const scheduledRun = fixture.store.schedules.scheduledRun(SCHEDULED_RUN)
      if (scheduledRun === undefined) throw new Error('it is over')
      return scheduledRun
    },
    carry: (dispatch: Dispatch, scheduledRun: ScheduledRun) =>
      carryOut(scheduledRunContext(fixture.store, Date.now), dispatch, scheduledRun, stop.signal),
  }
}

const RESULT: ApplyResult = {
  job: jobId(1),
  verb: 'test',
  revision: 'r',
  runs: [],
  offline: [{ minion: 'db2', waiting: false }],
}

it('a scheduled run calls its verb as an operator would, ends, and notifies its recipients', async () => {
  const scene = sceneOf()
  const asked: { readonly input: unknown; readonly caller: Caller }[] = []
  const end = await scene.carry(async (_verb, input, _emit, _signal, caller) => {
    asked.push({ input, caller })
    const { store } = scene.fixture
    store.jobs.order(newJob(1, { verb: 'test', options: { firing: caller.scheduledRun ?? '' } }), [newRun(store, 1)])
    store.reports.save(delivered(newReport(1, { test: true })))
    return RESULT
  }, scene.scheduledRun)

  expect(end).toEqual({ outcome: 'done', job: jobId(1) })
  expect(asked).toMatchObject([
    {
      input: { target: '*' },
      caller: { operator: 'schedule nightly', via: 'schedule', scheduledRun: SCHEDULED_RUN },
    },
  ])
  const { store } = scene.fixture
  const [mail] = store.deliveries.list()
  expect(mail).toMatchObject({ recipient: 'ops', subject: '[saltern] nightly: test *: 1 done, 1 offline' })
  const document = mail === undefined ? undefined : loadDocument(store, mail.document)
  expect(document?.text).toContain('db1  done  ')
  expect(document?.text).toContain('db2  offline')
  expect(store.schedules.get('nightly')).toMatchObject({ lastOutcome: 'done', lastJob: jobId(1) })
  expect(store.schedules.scheduledRuns()).toEqual([])
})

it('a scheduled run that could not order anything has failed and says why', async () => {
  const scene = sceneOf()
  const end = await scene.carry(async () => {
    throw new AppError({ code: 'TARGET_MATCHES_NOBODY', message: 'nobody', hint: 'Look.' })
  }, scene.scheduledRun)

  expect(end).toMatchObject({ outcome: 'failed', problem: { code: 'TARGET_MATCHES_NOBODY' } })
  expect(scene.fixture.store.deliveries.list()[0]?.subject).toBe('[saltern] nightly: test *: nothing was started')
})

it('a scheduled run interrupted after its job was ordered only waits for that job', async () => {
  const scene = sceneOf()
  let dispatched = 0
  // The master is killed while it waits, so nothing after the order is written.
  void scene.carry(async (_verb, _input, _emit, _signal, caller) => {
    dispatched += 1
    const { store } = scene.fixture
    store.jobs.order(newJob(1, { options: { firing: caller.scheduledRun ?? '' } }), [newRun(store, 1)])
    return new Promise(() => undefined)
  }, scene.scheduledRun)
  await setImmediate()
  expect(scene.scheduledRun.job).toBe(jobId(1))
  scene.fixture.reopen()
  const { store } = scene.fixture
  store.reports.save(delivered(newReport(1, { state: 'failed' })))
  const end = await scene.carry(async () => {
    dispatched += 1
    return RESULT
  }, scene.scheduledRun)

  expect(dispatched).toBe(1)
  expect(end).toEqual({ outcome: 'failed', job: jobId(1) })
  expect(eventsOf(store, 'job-ordered')).toHaveLength(1)
  expect(store.deliveries.list()).toHaveLength(1)
})

it('a scheduled run that reached no minion has failed', async () => {
  const scene = sceneOf()

  expect(await scene.carry(async () => RESULT, scene.scheduledRun)).toEqual({ outcome: 'failed' })
  expect(scene.fixture.store.deliveries.list()[0]?.subject).toBe('[saltern] nightly: test *: 1 offline')
})

it('a scheduled run compiles only after the previous one has ordered its job or failed', async () => {
  const { fixture, scheduledRun } = sceneOf()
  const context = scheduledRunContext(fixture.store, Date.now)
  const signal = new AbortController().signal
  const asked: string[] = []
  const order = Promise.withResolvers<void>()
  const emitting: Dispatch = async (_verb, _input, emit) => {
    asked.push('first')
    await order.promise
    emit({ type: 'job' })
    return await new Promise(() => undefined)
  }
  const failing: Dispatch = async () => {
    asked.push('second')
    throw new Error('no')
  }
  const other: Dispatch = async () => {
    asked.push('third')
    return RESULT
  }
  void carryOut(context, emitting, scheduledRun, signal)
  const second = carryOut(context, failing, scheduledRun, signal)
  const third = carryOut(context, other, scheduledRun, signal)
  await setImmediate()
  expect(asked).toEqual(['first'])
  order.resolve()
  await second
  await third

  expect(asked).toEqual(['first', 'second', 'third'])
})

it('a scheduled run of a stopping master is left to the next start', async () => {
  const scene = sceneOf()
  const going = scene.carry(async () => {
    scene.stop.abort()
    return RESULT
  }, scene.scheduledRun)

  expect(await going).toBeUndefined()
  expect(scene.fixture.store.schedules.scheduledRuns()).toHaveLength(1)
  expect(scene.fixture.store.deliveries.list()).toEqual([])
})

it.each([
  [{}, { target: '*' }],
  [
    { splayMs: 60_000, options: { wait: '1h' } },
    { target: '*', splayMs: 60_000, waitMs: 3_600_000 },
  ],
  [{ options: { wait: 'long' } }, { target: '*', wait: 'long' }],
  [
    { verb: 'compliance', options: { format: 'html' }, splayMs: 60_000 },
    { target: '*', format: 'html', recipients: ['ops'] },
  ],
] as const)('the input of a scheduled run is correct for the entry %j', (more, expected) => {
  expect(inputOf({ ...ORDER, ...more })).toEqual(expected)
})

it('a scheduled run with ids side by side, from a file that an earlier version accepted, orders nothing and fails', async () => {
  const scene = sceneOf({ target: 'web* *-prod' })
  const end = await scene.carry(() => Promise.reject(new Error('it was called')), scene.scheduledRun)

  expect(end).toMatchObject({
    outcome: 'failed',
    problem: { code: 'TARGET_SYNTAX', message: '`web*` and `*-prod` stand side by side' },
  })
})
