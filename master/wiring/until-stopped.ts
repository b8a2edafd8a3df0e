import type { EventEmitter } from 'node:events'

/**
 * Tells systemd that the master is ready, and resolves when SIGTERM or SIGINT comes, also while that is being told. Rejects when
 * it cannot be told: the unit would be starting for ever, and `systemctl start` with it.
 */
export async function untilStopped(
  notifyReady: () => Promise<void>,
  signals: Pick<EventEmitter, 'once'>,
): Promise<void> {
  // Before the first wait: a signal that nobody hears ends the program in the middle of its work.
  const stopped = new Promise<void>(resolved => {
    signals.once('SIGTERM', () => resolved())
    signals.once('SIGINT', () => resolved())
  })
  await Promise.race([notifyReady(), stopped])
  await stopped
}
