import type { ControlContext } from '../context.ts'
import { readSchedule } from '../fleet/schedule-file.ts'
import { SCHEDULE_FILE, type ScheduleFile } from '../schedule/entry.ts'
import { parseSchedule } from '../schedule/parse.ts'
import type { Store } from '../store/open.ts'

/** Remembers the text of a schedule.yml without problems: it holds while a later one has some, also over restarts. */
export function rememberSchedule({ kv }: Pick<Store, 'kv'>, text: string): void {
  const stored = kv.get(SCHEDULE_FILE)
  if (stored?.value !== text) kv.compareAndSet(SCHEDULE_FILE, stored?.version ?? 0, text)
}

/** The last schedule.yml that had no problems; an empty one when there never was any. */
export function lastSchedule({ kv }: Pick<Store, 'kv'>): ScheduleFile {
  const text = kv.get(SCHEDULE_FILE)?.value
  return parseSchedule(typeof text === 'string' ? text : '').schedule
}

/** What schedule.yml says, or what it said before it had problems. */
export async function scheduleInForce({
  store,
  fleetDirectory,
}: Pick<ControlContext, 'store' | 'fleetDirectory'>): Promise<ScheduleFile> {
  return readSchedule(fleetDirectory).then(
    ({ schedule }) => schedule,
    () => lastSchedule(store),
  )
}
