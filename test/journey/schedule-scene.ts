import { join } from 'node:path'
import { type ApiClient, createClient } from '../../master/api/client.ts'
import type { ScheduleListResult, ScheduleRow } from '../../master/verbs/schedule.ts'
import { ClockScene } from './clock-scene.ts'
import { until } from './scene.ts'

/** A master with a schedule.yml, and the results of its schedules. */
export class ScheduleJourney extends ClockScene {
  /** The API client of the CLI, without a process for each call. */
  get #api(): ApiClient {
    return createClient(join(this.state, 'master.sock'))
  }

  async list(): Promise<ScheduleListResult> {
    return await this.#api.call('schedule-list', {})
  }

  async row(name: string): Promise<ScheduleRow> {
    const row = (await this.list()).schedules.find(({ schedule }) => schedule === name)
    if (row === undefined) throw new Error(`no schedule ${name}`)
    return row
  }

  /** Lists the jobs that a schedule created. */
  async jobsOf(name: string): Promise<readonly string[]> {
    const { jobs } = await this.#api.call('jobs', { limit: 500 })
    return jobs.filter(({ operator }) => operator === `schedule ${name}`).map(({ job }) => job)
  }

  /** Waits until the scheduled run for this time has started and finished. */
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

  /** Kills the master with SIGKILL; the next one starts when the clock shows `time`. */
  async restartMasterAt(time: string): Promise<void> {
    await this.kill('master')
    this.setClock(time)
    await this.startMaster()
  }
}
