import type { SystemReader } from '../system.ts'

/** True when this unit or one of its drop-ins has changed on disk since systemd read it. */
export async function needsReload(system: SystemReader, unit: string): Promise<boolean> {
  const { stdout } = await system.query(['systemctl', 'show', '--property=NeedDaemonReload', '--value', '--', unit])
  return stdout.trim() === 'yes'
}
