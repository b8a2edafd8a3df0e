import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import { tryLock } from '../system/file-lock.ts'

/**
 * Takes the lock that allows one agent, or one `minion join`, per state directory: two agents would carry out each order twice.
 * The kernel holds the lock on `agent.lock`, so it ends with the process, even after SIGKILL; the process id in the file is
 * used only for the message. Throws STATE_LOCKED, which names that process.
 */
export async function lockAgent(stateDirectory: string): Promise<() => Promise<void>> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  const path = join(stateDirectory, 'agent.lock')
  const file = await open(path, 'a+', 0o600)
  try {
    if (!(await tryLock(file))) throw locked(stateDirectory, await readFile(path, 'utf8').catch(() => ''))
    // Needed only for the message, so a full disk does not prevent the start.
    await file
      .truncate(0)
      .then(() => file.write(`${process.pid}\n`))
      .catch(() => undefined)
  } catch (error) {
    await file.close()
    throw error
  }
  return () => file.close()
}

function locked(stateDirectory: string, holder: string): AppError {
  const who = /^\d+$/.test(holder.trim()) ? `process ${holder.trim()}` : 'a process that is just starting'
  return new AppError({
    code: 'STATE_LOCKED',
    message: `another agent uses the state directory \`${stateDirectory}\`: ${who}`,
    hint: 'Stop it first: `systemctl stop saltern-minion`. Or choose another directory with `--state`.',
  })
}
