import type { ScheduleListResult, ScheduleRow } from '../../master/control/schedule-answers.ts'
import { ClockScene } from './clock-scene.ts'
import { until } from './scene.ts'

/** A master with a schedule.yml, and what came of it. */
export class ScheduleJourney extends ClockScene {
  async list(): Promise<ScheduleListResult> {
    return JSON.parse((await this.run(['--json', 'schedule', 'list'])).out) as ScheduleListResult
  }

  async row(name: string): Promise<ScheduleRow> {
    const row = (await this.list()).schedules.find(({ schedule }) => schedule === name)
    if (row === undefined) throw new Error(`no schedule ${name}`)
    return row
  }

  /** What a schedule really ordered. */
  async jobsOf(name: string): Promise<readonly string[]> {
    const { jobs } = JSON.parse(await this.must(['--json', 'jobs', '--limit', '500'])) as {
      readonly jobs: readonly { readonly job: string; readonly operator: string }[]
    }
    return jobs.filter(({ operator }) => operator === `schedule ${name}`).map(({ job }) => job)
  }

  /** Waits until a schedule has fired for a time, and is done with it. */
  async fired(name: string, due: string): Promise<void> {
    await until(
      `${name} has fired for ${due}`,
      async () => {
        const { state, last } = await this.row(name)
        return state !== 'working' && last?.due === new Date(due).toISOString()
      },
      () => this.log('master'),
    )
  }

  /** Kills the master with signal 9; the next one starts when it is `time`. */
  async restartMasterAt(time: string): Promise<void> {
    await this.kill('master')
    this.setClock(time)
    await this.startMaster()
  }
}
