import { createLiveJob, type LiveJob, takeEvent } from '../../../../master/cli/live/job-live.ts'
import type { ApplyEvent } from '../../../../master/jobs/results.ts'
import { failingApply } from '../render/screen-scenes.ts'

/** An apply of 300 states on 20 minions after half a minute: nine are over, of which two failed, nine work, two wait. */
export function halfway(): LiveJob {
  const { job, runs } = failingApply()
  const live = createLiveJob(0)
  const take = (event: ApplyEvent, at: number): void => takeEvent(live, event, at)
  take({ type: 'job', job, verb: 'apply', minions: runs.map(({ minion }) => minion), offline: [] }, 100)
  for (const [at, run] of runs.entries()) {
    const { minion } = run
    if (at < 18) take({ type: 'run', minion, run: run.run, state: 'running', states: 300 }, 200)
    if (at < 9) take({ type: 'finished', run }, 20_000 + at * 100)
    else if (at < 18) {
      const key = at % 3 === 0 ? 'web/pkg.installed/nginx modules' : `web/file.managed//srv/www/site-${at}/index.html`
      take({ type: 'state', minion, run: run.run, index: at * 12, states: 300, key }, at === 12 ? 6000 : 29_500)
    }
  }
  return live
}
