import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { killGroup, PLAIN_ENV } from './program.ts'
import { removeLab } from './remains.ts'

/*
 * A process that waits for the owner of a lab to end, for whatever reason (interrupt, crash, kill -9), and then removes the
 * lab. Without it, hosts would run until the next lab sweeps them.
 */

/** Starts the reaper of a lab; dismiss it after removing the lab yourself. */
export function startReaper(labDirectory: string, logFile: string): { dismiss(): Promise<void> } {
  const log = openSync(logFile, 'a')
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(import.meta.url), labDirectory], {
    cwd: '/',
    env: PLAIN_ENV,
    // A session of its own, because an interrupt typed at the terminal must not reach the reaper.
    detached: true,
    stdio: ['pipe', log, log],
  })
  closeSync(log)
  const ended = once(child, 'exit')
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return {
    dismiss: async () => {
      child.ref()
      killGroup(child)
      await ended
    },
  }
}

if (import.meta.main) {
  const [labDirectory = ''] = process.argv.slice(2)
  process.stdin.resume()
  await once(process.stdin, 'end')
  await removeLab(labDirectory)
}
