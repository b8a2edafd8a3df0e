import type { ControlContext } from '../context.ts'
import { readSchedule } from '../fleet/schedule-file.ts'
import { SCHEDULE_FILE, type ScheduleFile } from '../schedule/entry.ts'
import { parseSchedule } from '../schedule/parse.ts'
import type { Store } from '../store/open.ts'

/** Stores the text of a valid schedule.yml. It stays in force while later versions have problems, even across restarts. */
export function rememberSchedule({ kv }: Pick<Store, 'kv'>, text: string): void {
  const stored = kv.get(SCHEDULE_FILE)
  if (stored?.value !== text) kv.compareAndSet(SCHEDULE_FILE, stored?.version ?? 0, text)
}

/** Loads the last valid schedule.yml; an empty schedule when there never was one. */
export function lastSchedule({ kv }: Pick<Store, 'kv'>): ScheduleFile {
  const text = kv.get(SCHEDULE_FILE)?.value
  return parseSchedule(typeof text === 'string' ? text : '').schedule
}

/** Loads schedule.yml, or its last valid version while it has problems. */
export async function scheduleInForce({
  store,
  fleetDirectory,
}: Pick<ControlContext, 'store' | 'fleetDirectory'>): Promise<ScheduleFile> {
  return readSchedule(fleetDirectory).then(
    ({ schedule }) => schedule,
    () => lastSchedule(store),
  )
}
