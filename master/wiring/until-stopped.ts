import type { EventEmitter } from 'node:events'

/**
 * Notifies systemd that the master is ready, and resolves on SIGTERM or SIGINT, even during the notification. Rejects when the
 * notification fails: otherwise the unit, and `systemctl start`, would wait forever.
 */
export async function untilStopped(
  notifyReady: () => Promise<void>,
  signals: Pick<EventEmitter, 'once'>,
): Promise<void> {
  // Before the first wait: a signal without a handler ends the program in the middle of its work.
  const stopped = new Promise<void>(resolved => {
    signals.once('SIGTERM', () => resolved())
    signals.once('SIGINT', () => resolved())
  })
  await Promise.race([notifyReady(), stopped])
  await stopped
}
