import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { durationText } from '../../protocol/duration.ts'
import { AppError } from '../../protocol/errors.ts'

/** Files that apt and dpkg lock (fcntl(2)); apt itself waits for the first two only. */
const PACKAGE_LOCKS = [
  '/var/lib/dpkg/lock-frontend',
  '/var/lib/dpkg/lock',
  '/var/lib/apt/lists/lock',
  '/var/cache/apt/archives/lock',
]

export interface LockHolder {
  readonly path: string
  readonly pid: number
  readonly program: string
}

export interface LockWait {
  readonly paths?: readonly string[] | undefined
  /** Called with a line that names the holder: when the wait begins, when the holder changes, and when it is over. */
  readonly onWait: (line: string) => void
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; default 30 minutes. */
  readonly limitMs?: number | undefined
}

const AGAIN_MS = 500
const LONGEST_MS = 30 * 60_000

/** Resolves when no other process holds one of the locks. Throws PACKAGE_FAILED, which names the holder, on timeout. */
export async function waitForLocks({
  paths = PACKAGE_LOCKS,
  onWait,
  signal,
  limitMs = LONGEST_MS,
}: LockWait): Promise<void> {
  const began = performance.now()
  let last: LockHolder | undefined
  for (;;) {
    signal?.throwIfAborted()
    const holder = await lockHolder(paths)
    const waitedMs = performance.now() - began
    if (holder === undefined) {
      if (last !== undefined) onWait(`waited ${durationText(waitedMs)} for ${named(last)}`)
      return
    }
    if (waitedMs >= limitMs) throw stillHeld(holder, waitedMs)
    if (holder.pid !== last?.pid || holder.path !== last.path) onWait(`waits for ${named(holder)}`)
    last = holder
    // The abort reason is thrown above.
    await pause(AGAIN_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}

/** Finds the holder of the first lock that is held; undefined when /proc/locks shows none. Never throws. */
export async function lockHolder(paths: readonly string[]): Promise<LockHolder | undefined> {
  const table = await readFile('/proc/locks', 'utf8').catch(() => '')
  for (const path of paths) {
    const status = await stat(path).catch(() => undefined)
    if (status === undefined) continue
    for (const { pid, inode } of held(table)) {
      if (inode === status.ino && pid !== process.pid && (await hasOpen(pid, path)))
        return { path, pid, program: await programOf(pid) }
    }
  }
  return undefined
}

/** Parses lines such as `1: POSIX  ADVISORY  WRITE 812 fe:00:1234 0 EOF`; those with an arrow are waiting for a lock. */
function held(table: string): readonly { readonly pid: number; readonly inode: number }[] {
  return table.split('\n').flatMap(line => {
    const [, pid, inode] = /^\d+: (?:POSIX|OFDLCK)\s+\S+\s+WRITE\s+(\d+)\s+\w+:\w+:(\d+)\s/.exec(line) ?? []
    return pid === undefined ? [] : [{ pid: Number(pid), inode: Number(inode) }]
  })
}

/**
 * Checks that a process has the file open: inodes of other filesystems can have the same number, and overlays hide the device.
 */
async function hasOpen(pid: number, path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => path)
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const open = await Promise.all(names.map(name => readlink(join(`/proc/${pid}/fd`, name)).catch(() => '')))
  return open.includes(real)
}

async function programOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program')).trim()
}

function named({ path, pid, program }: LockHolder): string {
  return `\`${path}\`, which \`${program}\` (pid ${pid}) holds`
}

function stillHeld(holder: LockHolder, waitedMs: number): AppError {
  return new AppError({
    code: 'PACKAGE_FAILED',
    message: `gave up after waiting ${durationText(waitedMs)} for ${named(holder)}`,
    hint: `See what it does: \`ps -fp ${holder.pid}\`. Apply again when it has ended.`,
  })
}
