import type { Mount } from '../../protocol/observations.ts'

/** Filesystems of the kernel, which hold no data of users. */
const OF_THE_KERNEL = new Set([
  'autofs',
  'binfmt_misc',
  'bpf',
  'cgroup',
  'cgroup2',
  'configfs',
  'debugfs',
  'devpts',
  'devtmpfs',
  'efivarfs',
  'fusectl',
  'hugetlbfs',
  'mqueue',
  'nsfs',
  'proc',
  'pstore',
  'rpc_pipefs',
  'securityfs',
  'sysfs',
  'tracefs',
])

/** Parses /proc/self/mountinfo, proc(5); of several mounts at one path, returns the topmost. Pure. */
export function parseMounts(text: string): readonly Mount[] {
  const byPath = new Map<string, Mount>()
  for (const line of text.split('\n')) {
    const [before = '', after] = line.split(' - ')
    const path = before.split(' ')[4]
    const [fsType = '', device = ''] = after?.split(' ') ?? []
    if (path === undefined || after === undefined || OF_THE_KERNEL.has(fsType)) continue
    byPath.set(unescaped(path), { path: unescaped(path), device: unescaped(device), fsType })
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
