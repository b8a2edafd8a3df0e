import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { killGroup, PLAIN_ENV } from './program.ts'
import { removeLab } from './remains.ts'

/*
 * A process that waits for the end of a lab's owner, however it comes (interrupt, crash, kill -9), and then removes the
 * lab: with nobody left to do it, hosts would run on until the next lab sweeps them.
 */

/** Starts the reaper of a lab; to be dismissed by whoever has removed the lab itself. */
export function startReaper(labDirectory: string, logFile: string): { dismiss(): Promise<void> } {
  const log = openSync(logFile, 'a')
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(import.meta.url), labDirectory], {
    cwd: '/',
    env: PLAIN_ENV,
    // A session of its own: an interrupt typed at the terminal is not for the reaper.
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
