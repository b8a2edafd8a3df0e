import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** Delay between SIGTERM and SIGKILL. */
const GRACE_MS = 2_000
const LOOK_EVERY_MS = 50

/**
 * Ends a program and everything it started: all processes of its session, even those in other process groups. Sends SIGTERM,
 * then SIGKILL after `graceMs`. Returns when no process is left that the minion may signal; a minion that is not root cannot
 * end processes that became another user, for example through sudo. Never throws.
 */
export async function endFamily(leader: number, graceMs: number = GRACE_MS): Promise<void> {
  const end = performance.now() + graceMs
  const foreign = new Set<number>()
  const endEach = (pids: readonly number[], signal: NodeJS.Signals): void => {
    for (const pid of pids) if (!send(pid, signal)) foreign.add(pid)
  }
  const left = async (): Promise<readonly number[]> => {
    for (;;) {
      const family = await familyOf(leader).catch(whenFull)
      if (family !== undefined) return family.filter(pid => !foreign.has(pid))
      await pause(LOOK_EVERY_MS)
    }
  }
  endEach(await left(), 'SIGTERM')
  while ((await left()).length > 0 && performance.now() < end) await pause(LOOK_EVERY_MS)
  // Repeat until none is left: a process that forks during the scan would escape.
  for (let rest = await left(); rest.length > 0; rest = await left()) {
    endEach(rest, 'SIGKILL')
    await pause(LOOK_EVERY_MS)
  }
}

/**
 * Sends a signal to the program's process group, as a terminal would. Ignores processes that are gone or belong to another
 * user.
 */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  send(-leader, signal)
}

/** Lists the processes of the session led by `leader`, without zombies. */
async function familyOf(leader: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async pid => {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch((error: NodeJS.ErrnoException) => {
        if (isFull(error)) throw error
        return ''
      })
      // `pid (name) state ppid pgrp session ...`; the name can contain anything, so parse after the last bracket.
      const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(session) === leader && state !== 'Z' && state !== 'X' ? Number(pid) : undefined
    }),
  )
  return found.filter(pid => pid !== undefined)
}

/** Running out of descriptors does not prove that no process is left. */
function isFull({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM'
}

/** undefined: try again. */
function whenFull(error: NodeJS.ErrnoException): readonly number[] | undefined {
  return isFull(error) ? undefined : []
}

/** False when the minion may not signal the process. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPERM') return false
    if (code !== 'ESRCH') throw error
  }
  return true
}
