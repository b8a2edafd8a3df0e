import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** Between the polite signal and the one that nobody can ignore. */
const GRACE_MS = 2_000
const LOOK_EVERY_MS = 50

/**
 * Ends a program and all it started: everything in its session, also what made itself a process group of its own. SIGTERM
 * first, SIGKILL after `graceMs`. Returns when nothing of it runs that is ours to end: what became another user, such as by
 * sudo, is not, where the minion is not root. Never throws.
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
  // Again until nobody is left: one that forks while it is looked for would get away.
  for (let rest = await left(); rest.length > 0; rest = await left()) {
    endEach(rest, 'SIGKILL')
    await pause(LOOK_EVERY_MS)
  }
}

/** Sends a signal to the program and its process group, as a terminal would; gone is fine, and so is another user's. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  send(-leader, signal)
}

/** Processes of the session that `leader` leads, without zombies: those only wait to be counted. */
async function familyOf(leader: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async pid => {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch((error: NodeJS.ErrnoException) => {
        if (isFull(error)) throw error
        return ''
      })
      // `pid (name) state ppid pgrp session ...`; a name may hold anything, so count from its last bracket.
      const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(session) === leader && state !== 'Z' && state !== 'X' ? Number(pid) : undefined
    }),
  )
  return found.filter(pid => pid !== undefined)
}

/** Who cannot look for want of descriptors has not seen that nobody is there. */
function isFull({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM'
}

/** undefined: look again. */
function whenFull(error: NodeJS.ErrnoException): readonly number[] | undefined {
  return isFull(error) ? undefined : []
}

/** False for a process that is not ours to signal. */
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
