import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { AppError } from './errors.ts'

/** Times that systemd is told, and milliseconds between two of them. */
const PATIENCE = { tries: 3, waitMs: 1000 }

/**
 * Gives what tells systemd that this program is ready (`Type=notify`); it does nothing when systemd does not wait for that, and nothing when it is called again.
 * NOTIFY_SOCKET is taken out of `env` at once, so that no program started later inherits it. Node has no Unix datagram sockets,
 * so `systemd-notify` speaks: a child, hence `NotifyAccess=all` in the units. Newer versions of systemd narrow that again by the
 * same message. What it gives rejects with SYSTEMD_UNREACHABLE when that program fails each time.
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
