import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** Between the polite signal and the one that nobody can ignore. */
const GRACE_MS = 2_000
const LOOK_EVERY_MS = 50

/**
 * Ends a program and all it started: everything in its session, also what made itself a process group of its own. SIGTERM
 * first, SIGKILL after `graceMs`. Returns when nothing of it runs.
 */
export async function endFamily(leader: number, graceMs: number = GRACE_MS): Promise<void> {
  const end = performance.now() + graceMs
  for (const pid of await familyOf(leader)) send(pid, 'SIGTERM')
  while ((await familyOf(leader)).length > 0 && performance.now() < end) await pause(LOOK_EVERY_MS)
  // Again until nobody is left: one that forks while it is looked for would get away.
  for (let rest = await familyOf(leader); rest.length > 0; rest = await familyOf(leader)) {
    for (const pid of rest) send(pid, 'SIGKILL')
    await pause(LOOK_EVERY_MS)
  }
}

/** Sends a signal to the program and its process group, as a terminal would; gone is fine. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  send(-leader, signal)
}

/** Processes of the session that `leader` leads, without zombies: those only wait to be counted. */
async function familyOf(leader: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async pid => {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
      // `pid (name) state ppid pgrp session ...`; a name may hold anything, so count from its last bracket.
      const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(session) === leader && state !== 'Z' && state !== 'X' ? Number(pid) : undefined
    }),
  )
  return found.filter(pid => pid !== undefined)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
