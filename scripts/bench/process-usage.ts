import { readdirSync, readFileSync } from 'node:fs'

/** proc(5) counts in hundredths of a second on Linux. */
const TICKS = 100

/** User and system time of a process so far, with those of its children that have ended, in seconds. */
export function cpuSeconds(pid: number | 'self'): number {
  const fields = statFields(pid)
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS
}

/** User and system time of all children of this process that have ended, in seconds. */
export function cpuOfEndedChildren(): number {
  const fields = statFields('self')
  return (Number(fields[13]) + Number(fields[14])) / TICKS
}

/** Time that the threads of a process spent on a processor, in seconds: finer than `cpuSeconds`, without children. */
export function threadSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map(id => nanosecondsOf(`/proc/${pid}/task/${id}/schedstat`))
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9
}

function nanosecondsOf(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8').split(' ')[0])
  } catch (thrown) {
    // The thread has ended since it was listed.
    if (['ENOENT', 'ESRCH'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return 0
    throw thrown
  }
}

/** Proportional set size: memory shared with other processes is divided among them. */
export function pssMebibytes(pid: number): number {
  return kibibytes(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') / 1024
}

/** Highest resident set size since the start, or since 5 was written to `clear_refs`. */
export function peakMebibytes(pid: number): number {
  return kibibytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM') / 1024
}

function kibibytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1])
}

/** Fields after the name of the program, which may contain spaces: the first is field 3 of proc(5) stat. */
function statFields(pid: number | 'self'): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
