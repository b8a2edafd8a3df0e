import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isFinal, nextRunState, RUN_TRIGGERS, stateAfterReport } from '../../../../master/store/tables/run-states.ts'
import { RUN_STATES, type RunState } from '../../../../protocol/report.ts'

const FINAL: readonly RunState[] = ['done', 'failed', 'cancelled', 'expired', 'superseded']
const trigger = fc.constantFrom(...RUN_TRIGGERS)

it('the final states are done, failed, cancelled, expired and superseded', () => {
  expect(RUN_STATES.filter(isFinal)).toEqual(FINAL)
})

it('no sequence of triggers leaves a final state or goes backwards', () => {
  fc.assert(
    fc.property(fc.array(trigger, { maxLength: 30 }), triggers => {
      let state: RunState = 'queued'
      for (const next of triggers) {
        const moved = nextRunState(state, next)
        if (FINAL.includes(state)) expect(moved).toBeUndefined()
        if (moved === undefined) continue
        expect(RUN_STATES.indexOf(moved)).toBeGreaterThanOrEqual(RUN_STATES.indexOf(state))
        state = moved
      }
    }),
  )
})

it('a run is never done without a report', () => {
  fc.assert(
    fc.property(fc.array(trigger), triggers => {
      let state: RunState = 'queued'
      for (const next of triggers) state = nextRunState(state, next) ?? state
      expect(state).not.toBe('done')
    }),
  )
})

it('the first report decides the final state of a run, and later events change nothing', () => {
  const reported = fc.constantFrom('done' as const, 'failed' as const, 'cancelled' as const)
  fc.assert(
    fc.property(fc.array(trigger), reported, fc.array(trigger), reported, (before, first, after, second) => {
      let state: RunState = 'queued'
      for (const next of before) state = nextRunState(state, next) ?? state
      state = stateAfterReport(false, first) ?? state
      for (const next of after) state = nextRunState(state, next) ?? state
      state = stateAfterReport(true, second) ?? state
      expect(state).toBe(first)
    }),
  )
})

it.each([
  ['queued', 'send', 'sent'],
  ['sent', 'accept', 'accepted'],
  ['accepted', 'start', 'running'],
  ['sent', 'send', 'sent'],
  ['queued', 'expire', 'expired'],
  ['sent', 'expire', 'expired'],
  ['accepted', 'expire', 'expired'],
  ['running', 'expire', 'expired'],
  ['queued', 'supersede', 'superseded'],
  ['accepted', 'supersede', 'superseded'],
  ['running', 'supersede', undefined],
  ['running', 'lose', 'failed'],
  ['sent', 'refuse', 'failed'],
  ['queued', 'refuse', undefined],
  ['running', 'send', undefined],
] as const)('nextRunState of `%s` on `%s` is `%s`', (from, happened, to) => {
  expect(nextRunState(from, happened)).toBe(to)
})
