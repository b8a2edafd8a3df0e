import { readFile } from 'node:fs/promises'

/** A process that cannot be confused with a later one of the same pid, nor with one of another boot. */
export interface Owner {
  readonly pid: number
  readonly startTime: string
  readonly bootId: string
}

/** This process. */
export async function ownProcess(): Promise<Owner> {
  return { pid: process.pid, startTime: (await startTimeOf(process.pid)) ?? '', bootId: await bootId() }
}

/** True while that exact process is running. */
export async function isAlive({ pid, startTime, bootId: boot }: Owner): Promise<boolean> {
  return boot === (await bootId()) && startTime === (await startTimeOf(pid))
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // Field 22, counted after the program's name, which may contain spaces and parentheses.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}
