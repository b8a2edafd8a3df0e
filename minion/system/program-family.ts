import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A program and everything that it started, also what left its process group and session by setsid(2). */
export interface ProgramFamily {
  /** Environment of the program: children inherit the mark, whatever session they make. */
  readonly env: { readonly [name: string]: string }
  /** What stands before the program in its argv: it enters the family's control group, then becomes the program. */
  readonly prefix: readonly string[]
  /** Ends all of them by SIGKILL; returns when none is left, or after 5 s when one cannot be ended. Never throws. */
  kill(leader: number): Promise<void>
  /** Forgets the family. What still runs in the background goes on. */
  release(): Promise<void>
}

const MARK = 'SALTERN_PROGRAM'
const GROUP_PREFIX = 'saltern-program-'
const GIVE_UP_MS = 5_000
const AGAIN_MS = 20

/** Groups whose program has ended, but not all that it started. */
const busy = new Set<string>()

/** Moves itself, by the name `0`, into the group whose `cgroup.procs` is the first argument (cgroups(7)). */
const ENTER = 'echo 0 2>/dev/null >"$1"; shift; exec "$@"'

/**
 * A family is found in two ways, since each alone can be left: by a control group below the minion's own (version 2), and by
 * a mark in the environment with the parents and sessions of /proc. Without a writable group only the second is used.
 * `variables` are the names of the program's environment.
 */
export async function createProgramFamily(
  variables: readonly string[],
  parent: Promise<string | undefined> = ownGroup(),
): Promise<ProgramFamily> {
  const mark = randomBytes(12).toString('hex')
  // The shell that enters the group would drop variables whose names it does not know.
  const keepsAll = variables.every(name => /^[A-Za-z_]\w*$/.test(name))
  const group = keepsAll ? await makeGroup(await parent, mark) : undefined
  return {
    env: { [MARK]: mark },
    prefix: group === undefined ? [] : ['/bin/sh', '-c', ENTER, 'sh', join(group, 'cgroup.procs')],
    async kill(leader) {
      const end = performance.now() + GIVE_UP_MS
      send(-leader)
      do {
        if (group !== undefined) await writeFile(join(group, 'cgroup.kill'), '1').catch(() => undefined)
        const left = await membersOf(leader, mark)
        for (const pid of left) send(pid)
        if (left.length === 0 && (await isEmpty(group))) return
        await pause(AGAIN_MS)
      } while (performance.now() < end)
    },
    async release() {
      if (group !== undefined) busy.add(group)
      // One stays while something in the background runs in it; it is tried again with the next.
      for (const path of busy) {
        await rmdir(path).then(
          () => busy.delete(path),
          (error: NodeJS.ErrnoException) => error.code === 'ENOENT' && busy.delete(path),
        )
      }
    },
  }
}

async function makeGroup(parent: string | undefined, mark: string): Promise<string | undefined> {
  if (parent === undefined) return undefined
  const path = join(parent, `${GROUP_PREFIX}${mark}`)
  return await mkdir(path).then(
    () => path,
    () => undefined,
  )
}

let known: Promise<string | undefined> | undefined

/** The directory of this process's own control group where it may make others; undefined when there is none. */
function ownGroup(): Promise<string | undefined> {
  known ??= findOwnGroup()
  return known
}

async function findOwnGroup(): Promise<string | undefined> {
  const own = /^0::(\/.*)$/m.exec(await readFile('/proc/self/cgroup', 'utf8').catch(() => ''))?.[1]
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '')
  const mounted = mounts
    .split('\n')
    .map(line => line.split(' '))
    .find(([, , type]) => type === 'cgroup2')?.[1]
  if (own === undefined || mounted === undefined) return undefined
  const path = join(mounted, own)
  const mayWrite = await access(path, constants.W_OK).then(
    () => true,
    () => false,
  )
  if (!mayWrite) return undefined
  // Groups of programs whose background work has ended meanwhile; one with processes in it cannot be removed.
  const before = (await readdir(path).catch(() => [])).filter(name => name.startsWith(GROUP_PREFIX))
  await Promise.all(before.map(name => rmdir(join(path, name)).catch(() => undefined)))
  return path
}

async function isEmpty(group: string | undefined): Promise<boolean> {
  if (group === undefined) return true
  return /^populated 0$/m.test(await readFile(join(group, 'cgroup.events'), 'utf8').catch(() => 'populated 0'))
}

/** Those that carry the mark, and those whose parent or session is one of the family. Zombies are gone already. */
async function membersOf(leader: number, mark: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name)).map(Number)
  const all = pids
    .map(pid => ({ pid, ...statOf(pid) }))
    .filter(({ state }) => state !== undefined && !'ZX'.includes(state))
  const family = new Set(
    all.filter(({ pid, session }) => session === leader || isMarked(pid, mark)).map(({ pid }) => pid),
  )
  for (let before = -1; before !== family.size; ) {
    before = family.size
    for (const { pid, parent, session } of all) {
      if (family.has(parent) || family.has(session)) family.add(pid)
    }
  }
  family.delete(process.pid)
  return [...family]
}

/** proc(5): `pid (name) state ppid pgrp session ...`; a name may hold anything, so count from its last bracket. */
function statOf(pid: number): {
  readonly state: string | undefined
  readonly parent: number
  readonly session: number
} {
  const text = readNow(`/proc/${pid}/stat`)
  const [state, parent, , session] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: text === '' ? undefined : state, parent: Number(parent), session: Number(session) }
}

function isMarked(pid: number, mark: string): boolean {
  return readNow(`/proc/${pid}/environ`).includes(`${MARK}=${mark}`)
}

function readNow(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function send(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already, or another user's where the minion is not root.
  }
}
