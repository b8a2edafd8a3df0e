import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A program and everything it started, including processes that left its process group and session with setsid(2). */
export interface ProgramFamily {
  /** Environment for the program. Children inherit the mark, whatever session they create. */
  readonly env: { readonly [name: string]: string }
  /** Words before the program's argv: a shell that enters the family's control group and then becomes the program. */
  readonly prefix: readonly string[]
  /** Kills all members with SIGKILL; returns when none is left, or after 5 s when one cannot be killed. Never throws. */
  kill(leader: number): Promise<void>
  /** Releases the family. Background processes keep running. */
  release(): Promise<void>
}

const MARK = 'SALTERN_PROGRAM'
const GROUP_PREFIX = 'saltern-program-'
const GIVE_UP_MS = 5_000
const AGAIN_MS = 20

/** Groups whose program has ended but that still have background processes. */
const busy = new Set<string>()

/** Moves the shell itself (`0`) into the group whose `cgroup.procs` is the first argument (cgroups(7)). */
const ENTER = 'echo 0 2>/dev/null >"$1"; shift; exec "$@"'

/**
 * Tracks a family in two ways, since a process can escape either one: with a control group below the minion's own (version 2),
 * and with a mark in the environment together with the parents and sessions in /proc. Without a writable group only the second
 * is used. `variables` are the names of the program's environment.
 */
export async function createProgramFamily(
  variables: readonly string[],
  parent: Promise<string | undefined> = ownGroup(),
): Promise<ProgramFamily> {
  const mark = randomBytes(12).toString('hex')
  // The shell that enters the group would drop variables with unusual names.
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
      // A group with background processes cannot be removed yet; it is retried with the next one.
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

/** Path of this process's own control group if it may create others in it; undefined otherwise. */
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
  // Remove groups whose background processes have ended; one with processes in it cannot be removed.
  const before = (await readdir(path).catch(() => [])).filter(name => name.startsWith(GROUP_PREFIX))
  await Promise.all(before.map(name => rmdir(join(path, name)).catch(() => undefined)))
  return path
}

async function isEmpty(group: string | undefined): Promise<boolean> {
  if (group === undefined) return true
  return /^populated 0$/m.test(await readFile(join(group, 'cgroup.events'), 'utf8').catch(() => 'populated 0'))
}

/** Lists processes that carry the mark or whose parent or session belongs to the family, without zombies. */
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

/** Parses proc(5): `pid (name) state ppid pgrp session ...`; the name can contain anything, so start after the last bracket. */
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
    // The process is gone, or belongs to another user and the minion is not root.
  }
}
