/** File systems whose calls the kernel answers without another machine and without a program (FUSE, autofs). */
const LOCAL = new Set(
  'bcachefs btrfs erofs exfat ext2 ext3 ext4 f2fs jfs overlay ramfs reiserfs squashfs tmpfs ubifs vfat xfs zfs'.split(
    ' ',
  ),
)

/** What the kernel has mounted, by mount point. The value is true when a call there cannot wait for another machine. */
export type Mounts = ReadonlyMap<string, boolean>

/** Parses /proc/self/mountinfo, proc_pid_mountinfo(5). The last mount on a mount point hides earlier ones. Pure. */
export function parseMounts(mountinfo: string): Mounts {
  const mounts = new Map<string, boolean>()
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ', 2)
    const point = before.split(' ')[4]
    const type = after.split(' ', 1)[0]
    if (point !== undefined && type !== undefined) mounts.set(unescaped(point), LOCAL.has(type))
  }
  return mounts
}

/** Space, tab, newline and backslash are written as octal numbers. */
function unescaped(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
