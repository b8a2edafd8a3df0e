import { readFile } from 'node:fs/promises'

/** A process that cannot be mistaken for a later one with the same number, nor for one of another boot. */
export interface Owner {
  readonly pid: number
  readonly startTime: string
  readonly bootId: string
}

/** This process. */
export async function ownProcess(): Promise<Owner> {
  return { pid: process.pid, startTime: (await startTimeOf(process.pid)) ?? '', bootId: await bootId() }
}

/** Whether that very process still runs. */
export async function isAlive({ pid, startTime, bootId: boot }: Owner): Promise<boolean> {
  return boot === (await bootId()) && startTime === (await startTimeOf(pid))
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // Field 22, counted behind the program's name, which may hold spaces and parentheses.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}
