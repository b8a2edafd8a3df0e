import type { SystemReader } from './system.ts'

/** What is mounted at a path itself, and not only somewhere above it. */
export interface LiveMount {
  /** The device; for a bind mount with the directory in brackets. */
  readonly source: string
}

export async function liveMount(system: SystemReader, path: string): Promise<LiveMount | undefined> {
  const argv = ['findmnt', '--noheadings', '--raw', '--first-only', '--output', 'SOURCE', '--mountpoint', path]
  const { exitCode, stdout } = await system.query(argv)
  const source = stdout.trim()
  return exitCode !== 0 || source === '' ? undefined : { source }
}

/** The device behind `UUID=...` and the like, or behind a link such as those in /dev/disk; else the words themselves. */
export async function sourceOf(system: SystemReader, device: string): Promise<string> {
  if (/^(UUID|LABEL|PARTUUID|PARTLABEL)=/.test(device)) {
    const found = await system.query(['findfs', device])
    return found.exitCode === 0 ? found.stdout.trim() : device
  }
  if (!device.startsWith('/dev/')) return device
  const { exitCode, stdout } = await system.query(['readlink', '-f', '--', device])
  return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : device
}
