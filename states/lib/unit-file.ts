import type { Action } from '../action.ts'
import type { SystemReader, UnitDetails } from '../system.ts'

/** True when this unit or one of its drop-ins has changed on disk since systemd read it. */
export async function needsReload(system: SystemReader, unit: string): Promise<boolean> {
  const { stdout } = await system.query(['systemctl', 'show', '--property=NeedDaemonReload', '--value', '--', unit])
  return stdout.trim() === 'yes'
}

/**
 * Reloads systemd before a unit starts, if the unit or one of its drop-ins has changed since systemd read it: another state may
 * have written one. Without details, it may be stale. Pure.
 */
export function reloadIfStale(details: UnitDetails | undefined): readonly Action[] {
  return details?.needsReload === false ? [] : [{ do: 'daemon-reload' }]
}
