import { expect, it } from 'vitest'
import { jobSeen } from '../../../master/jobs/job-seen.ts'
import type { Store } from '../../../master/store/open.ts'
import type { Job } from '../../../master/store/tables/jobs.ts'

/** The target of a job with runs on these minions, as somebody sees it who sees only web1 and web2. */
function targetSeen(target: string, minions: readonly string[]): string | undefined {
  const runs = minions.map(minion => ({ minion, state: 'done' }))
  const store = { runs: { ofJob: () => runs } } as unknown as Pick<Store, 'runs'>
  const job = { id: 'job-1', target, operator: 'anna', runs: {} } as unknown as Job
  return jobSeen(store, job, minion => minion === 'web1' || minion === 'web2')?.target
}

it('the target of a job that names a hidden minion is the list of the visible minions, also when the hidden one was offline and has no run', () => {
  expect(targetSeen('web1 vault1', ['web1', 'vault1'])).toBe('web1')
  expect(targetSeen('web1 web2 vault1', ['web1', 'web2'])).toBe('web1,web2')
  expect(targetSeen('web1 web2 not vault1', ['web1', 'web2'])).toBe('web1,web2')
  expect(targetSeen('web* and not (role=db or not vault1)', ['web1'])).toBe('web1')
  expect(targetSeen('web1,web2,vault1 and 99 more (list 0a0b0c0d)', ['web1', 'web2'])).toBe('web1,web2')
})

it('the target of a job that names a hidden minion is shown as it was typed when it names no hidden minion', () => {
  expect(targetSeen('role=web level=staging', ['web1', 'web2'])).toBe('role=web level=staging')
  expect(targetSeen('web1 web2', ['web1', 'web2'])).toBe('web1 web2')
  expect(targetSeen('vault1', ['vault1'])).toBeUndefined()
})
