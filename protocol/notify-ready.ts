import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { AppError } from './errors.ts'

/** Attempts to notify systemd, and milliseconds between them. */
const PATIENCE = { tries: 3, waitMs: 1000 }

/**
 * Returns a function that notifies systemd that this program is ready (`Type=notify`). It does nothing when systemd does not
 * wait for that, or when called again. NOTIFY_SOCKET is removed from `env` at once, so that no program started later inherits
 * it. Node has no Unix datagram sockets, so the child `systemd-notify` sends the message; hence `NotifyAccess=all` in the
 * units, which newer versions of systemd narrow again with the same message. The function rejects with SYSTEMD_UNREACHABLE when
 * every attempt fails.
 */
export function readyNotice(env: NodeJS.ProcessEnv, { tries, waitMs } = PATIENCE): () => Promise<void> {
  const { NOTIFY_SOCKET: socket } = env
  delete env['NOTIFY_SOCKET']
  if (socket === undefined || socket === '') return () => Promise.resolve()
  let notified = false
  const tell = async (): Promise<void> => {
    const said = { env: { ...env, NOTIFY_SOCKET: socket }, timeout: 30_000 }
    await promisify(execFile)('systemd-notify', ['--ready', 'NOTIFYACCESS=main'], said)
  }
  return async () => {
    if (notified) return
    notified = true
    for (let failed = 1; ; failed++) {
      try {
        return await tell()
      } catch (cause) {
        if (failed >= tries) throw unreachable(cause)
        await pause(waitMs)
      }
    }
  }
}

function unreachable(cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message.trim() : String(cause)
  return new AppError(
    {
      code: 'SYSTEMD_UNREACHABLE',
      message: `cannot notify systemd that this program is ready: ${why}`,
      hint: 'Try `systemd-notify --version` on this host; the package `systemd` provides it.',
    },
    { cause },
  )
}
