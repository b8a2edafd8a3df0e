import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LabError } from './lab-error.ts'
import { until } from './until.ts'

/**
 * Joins the cgroups named before `--`, then becomes the program after it. A constant script with positional arguments: a
 * process can only join by itself before it has children.
 */
const JOIN_AND_EXEC = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"'

/** The hierarchies used to keep processes together: cgroup2, and the named one of older systemds (pure). */
export function hierarchies(mountinfo: string): readonly string[] {
  return mountinfo.split('\n').flatMap(line => {
    const [before = '', after = ''] = line.split(' - ')
    const [type = '', , options = ''] = after.split(' ')
    const isWanted = type === 'cgroup2' || (type === 'cgroup' && options.split(',').includes('name=systemd'))
    const mountPoint = before.split(' ')[4]
    return isWanted && mountPoint !== undefined ? [mountPoint] : []
  })
}

/** Returns the directories, one for each hierarchy, of a cgroup named by its path below the root. */
async function cgroupDirectories(path: string): Promise<readonly string[]> {
  const roots = hierarchies(await readFile('/proc/self/mountinfo', 'utf8'))
  if (roots.length === 0) throw new LabError('expected a cgroup2 file system, found none in /proc/self/mountinfo')
  return roots.map(root => join(root, path))
}

/** Recreates a cgroup and returns the argv that starts a program in it, so that all its processes can be found and ended. */
export async function inCgroup(path: string, argv: readonly string[]): Promise<readonly string[]> {
  const directories = await cgroupDirectories(path)
  for (const directory of directories) await mkdir(directory, { recursive: true })
  return ['/bin/sh', '-c', JOIN_AND_EXEC, 'join', ...directories, '--', ...argv]
}

/** Kills all processes in and below a cgroup and removes it. A missing cgroup is fine. */
export async function removeCgroup(path: string): Promise<void> {
  const directories = await cgroupDirectories(path)
  await until(
    async () => {
      const pids = (await Promise.all(directories.map(pidsBelow))).flat()
      for (const pid of pids) kill(pid)
      return pids.length === 0 ? true : undefined
    },
    { what: `the processes of cgroup ${path} to end`, timeoutMs: 20_000 },
  )
  await until(
    async () => {
      const gone = await Promise.all(directories.map(removeTree))
      return gone.every(Boolean) ? true : undefined
    },
    { what: `cgroup ${path} to become empty`, timeoutMs: 10_000 },
  )
}

async function pidsBelow(directory: string): Promise<readonly number[]> {
  const text = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '')
  const below = await Promise.all((await childGroups(directory)).map(pidsBelow))
  // 0 is a process outside our own pid namespace; a signal to 0 would hit ourselves.
  const own = text
    .split('\n')
    .map(Number)
    .filter(pid => pid > 1)
  return [...own, ...below.flat()]
}

async function removeTree(directory: string): Promise<boolean> {
  for (const child of await childGroups(directory)) await removeTree(child)
  return rmdir(directory).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
}

async function childGroups(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isDirectory()).map(entry => join(directory, entry.name))
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process has already ended.
  }
}
