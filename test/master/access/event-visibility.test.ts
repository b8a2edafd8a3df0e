import { expect, it } from 'vitest'
import type { Caller } from '../../../master/access/caller.ts'
import { eventVisibility } from '../../../master/access/event-visibility.ts'
import type { ControlContext } from '../../../master/context.ts'
import type { MasterEvent } from '../../../master/store/log/events.ts'

/** The target of the event of a job on these minions, as a caller sees it. */
function targetShown(target: string, minions: readonly string[], everywhere = false): unknown {
  const runs = { ofJob: () => minions.map(minion => ({ minion })) }
  const context = { store: { runs } } as unknown as Pick<ControlContext, 'store'>
  const caller = { rights: { everywhere: () => everywhere } } as unknown as Caller
  const event = { type: 'job-ordered', job: 'job-1', target } as unknown as MasterEvent
  const shown = eventVisibility(context, caller, minion => minion === 'web1' || minion === 'web2')(event)
  return shown !== undefined && 'target' in shown ? shown.target : shown
}

it('the event of a job does not show the id of a hidden minion in its target', () => {
  expect(targetShown('role=web not secret1', ['web1', 'web2'])).toBe('web1,web2')
  expect(targetShown('web1 secret1', ['web1'])).toBe('web1')
  expect(targetShown('role=web not web2', ['web1'])).toBe('role=web not web2')
  expect(targetShown('web1', ['web1', 'secret1'])).toBeUndefined()
})

it('the event of a job has its target as typed for a caller who may see all minions', () => {
  expect(targetShown('role=web not secret1', ['web1'], true)).toBe('role=web not secret1')
})
