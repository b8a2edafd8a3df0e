import type { SystemReader } from '../system.ts'

/** Whether systemd read an older text of this unit or of one of its drop-ins than the one on disk. */
export async function needsReload(system: SystemReader, unit: string): Promise<boolean> {
  const { stdout } = await system.query(['systemctl', 'show', '--property=NeedDaemonReload', '--value', '--', unit])
  return stdout.trim() === 'yes'
}
