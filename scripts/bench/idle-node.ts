import { spawn } from 'node:child_process'

/** A node process that only has a timer: the floor for processes that wait. */
export function startIdleNode(): { readonly pid: number; stop(): void } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 500)'], { stdio: 'ignore' })
  if (child.pid === undefined) throw new Error(`${process.execPath} did not start`)
  return { pid: child.pid, stop: () => void child.kill() }
}
