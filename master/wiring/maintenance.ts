import { createTask, type ScheduledTask } from 'node-cron'

/** Work that the master does for itself by the clock. Running it more often than planned does no harm. */
export interface MaintenanceTask {
  /** For example `checkpoint`. */
  readonly name: string
  /** A crontab line, in UTC. */
  readonly cron: string
  readonly run: () => void | Promise<void>
}

export interface Maintenance {
  /** Call it when the clock was set: the timers of node-cron wait for minutes that they computed with the old one. */
  restart(): void
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>
}

/**
 * Runs each task at once and then by its crontab line, never twice at the same time. `onFault` gets what a task throws; the
 * task runs again at its next time.
 */
export function startMaintenance(
  tasks: readonly MaintenanceTask[],
  onFault: (task: string, thrown: unknown) => void,
): Maintenance {
  const running = new Map<string, Promise<void>>()
  const run = ({ name, run: work }: MaintenanceTask): void => {
    if (running.has(name)) return
    const done = Promise.resolve()
      .then(work)
      .catch((thrown: unknown) => onFault(name, thrown))
      .finally(() => running.delete(name))
    running.set(name, done)
  }
  const begin = (): readonly ScheduledTask[] => {
    for (const task of tasks) run(task)
    return tasks.map(task => {
      const scheduled = createTask(task.cron, () => run(task), OPTIONS)
      void scheduled.start()
      return scheduled
    })
  }
  let scheduled = begin()
  const end = (): void => {
    for (const task of scheduled) void task.destroy()
  }
  return {
    restart() {
      end()
      scheduled = begin()
    },
    async stop() {
      end()
      await Promise.all(running.values())
    },
  }
}

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined }
/** A minute that was missed needs no warning: the next run does the same work. */
const OPTIONS = { timezone: 'UTC', suppressMissedWarning: true, logger: SILENT }
