import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ABANDONED_AFTER_MS } from '../../../master/jobs/dispatcher.ts'
import { type RunFacts, reconcile } from '../../../master/jobs/reconcile.ts'
import { isFinal, nextRunState } from '../../../master/store/tables/run-states.ts'
import { RUN_STATES, type RunState } from '../../../protocol/report.ts'
import { DispatcherScene, type Ordered } from './dispatcher-scene.ts'
import { MinionModel } from './minion-model.ts'

const ACTS = [
  'order',
  'order-later',
  'take',
  'begin',
  'end',
  'cut',
  'connect',
  'kill',
  'wipe',
  'cancel',
  'minute',
  'clock-back',
  'restart-master',
] as const
type Act = (typeof ACTS)[number]

let scene: DispatcherScene
beforeEach(() => {
  scene = new DispatcherScene()
})
afterEach(() => scene.close())

class World {
  readonly minion = new MinionModel(scene)
  readonly orders: Ordered[] = []
  readonly #outcomes = new Map<string, { readonly state: RunState; readonly reported: boolean }>()

  act(act: Act): void {
    switch (act) {
      case 'order':
      case 'order-later': {
        const later = act === 'order' ? {} : { notBefore: new Date(scene.now + 90_000).toISOString() }
        const one = scene.order({ lifetimeMs: 300_000, ...later })
        this.orders.push(one)
        this.minion.ordered(one)
        scene.dispatcher.delivery.deliverJob(one.job)
        break
      }
      case 'cancel': {
        const run = scene.store.runs.get(this.orders.at(-1)?.run ?? ('' as never))
        if (run === undefined || isFinal(run.state)) break
        if (run.state === 'queued') scene.store.runs.cancel(run.id, 'root')
        else if (scene.store.runs.orderCancel(run.id, 'root')) scene.dispatcher.delivery.deliverMinion(run.minion)
        break
      }
      case 'minute':
        this.pass(60_000)
        break
      case 'clock-back':
        scene.now -= 30_000
        break
      case 'restart-master':
        this.minion.cut()
        scene.newDispatcher()
        break
      default:
        this.minion[act]()
    }
    this.check()
  }

  pass(ms: number): void {
    scene.now += ms
    scene.dispatcher.lookAtTimes()
  }

  /** Checks that a final state only changes by a report, and that the generations which the minion started never decrease. */
  check(): void {
    for (const { run } of this.orders) {
      const { state, report } = scene.store.runs.get(run) ?? { state: 'queued', report: undefined }
      const before = this.#outcomes.get(run)
      if (before !== undefined && state !== before.state) {
        expect([before.reported, report !== undefined]).toEqual([false, true])
      }
      if (isFinal(state)) this.#outcomes.set(run, { state, reported: report !== undefined })
    }
    expect(this.minion.begun).toEqual(this.minion.begun.toSorted((a, b) => a - b))
  }

  /** Lets everything happen that still can. */
  settle(): void {
    this.act('connect')
    for (let step = 0; step < 60; step++) {
      for (const act of ['take', 'begin', 'end'] as const) this.act(act)
      if (step % 10 === 9) this.act('minute')
    }
    expect(this.minion.idle).toBe(true)
  }

  open(): readonly (RunState | undefined)[] {
    const states = this.orders.map(({ run }) => scene.store.runs.get(run)?.state)
    return states.filter(state => state === undefined || !isFinal(state))
  }
}

const acts = fc.array(fc.constantFrom(...ACTS), { minLength: 5, maxLength: 40 })
const RUNS = 60

it('every run ends with one outcome and no older content follows newer, for any sequence of events, if the minion comes back', () => {
  fc.assert(
    fc.property(acts, happened => {
      const world = new World()
      for (const act of happened) world.act(act)
      world.settle()

      expect(world.open()).toEqual([])
    }),
    { numRuns: RUNS },
  )
})

it('every run ends with one outcome for any sequence of events if the minion never comes back', () => {
  fc.assert(
    fc.property(acts, happened => {
      const world = new World()
      for (const act of happened) world.act(act)
      world.minion.cut()
      for (let hour = 0; hour < 4; hour++) world.pass(ABANDONED_AFTER_MS + 60_000)
      world.check()

      expect(world.open()).toEqual([])
    }),
    { numRuns: RUNS },
  )
})

describe('what a reconnect decides, for every state and everything that both sides may know', () => {
  const yesOrNo = [false, true]
  const TRIGGERS = {
    accept: 'accept',
    deliver: 'send',
    supersede: 'supersede',
    expire: 'expire',
    cancelled: 'cancel',
    lose: 'lose',
  } as const
  const all: RunFacts[] = RUN_STATES.filter(state => !isFinal(state)).flatMap(state =>
    yesOrNo.flatMap(known =>
      yesOrNo.flatMap(cancelOrdered =>
        yesOrNo.flatMap(replaced => yesOrNo.map(over => ({ state, known, cancelOrdered, replaced, over }))),
      ),
    ),
  )

  it.each(all)(
    'a reconnect has a decision for $state, known $known, cancelled $cancelOrdered, replaced $replaced, over $over',
    facts => {
      const decided = reconcile(facts)
      if (decided === 'keep') {
        // Either the minion has the run and will report it, or the run is queued and will be sent.
        expect(facts.known || facts.state === 'queued').toBe(true)
        expect(facts.known || !(facts.cancelOrdered || facts.replaced || facts.over)).toBe(true)
        return
      }
      expect(nextRunState(facts.state, TRIGGERS[decided])).toBeDefined()
      if (!facts.known && (facts.cancelOrdered || facts.replaced || facts.over)) {
        expect(isFinal(nextRunState(facts.state, TRIGGERS[decided]) ?? 'queued')).toBe(true)
      }
    },
  )
})
