import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Gives what tells systemd that this program is ready (`Type=notify`); it does nothing when systemd does not wait for that, and nothing when it is called again.
 * NOTIFY_SOCKET is taken out of `env` at once, so that no program started later inherits it. Node has no Unix datagram sockets,
 * so `systemd-notify` speaks: a child, hence `NotifyAccess=all` in the units. Newer versions of systemd narrow that again by the
 * same message. What it gives rejects when that program fails.
 */
export function readyNotice(env: NodeJS.ProcessEnv): () => Promise<void> {
  const { NOTIFY_SOCKET: socket } = env
  delete env['NOTIFY_SOCKET']
  if (socket === undefined || socket === '') return () => Promise.resolve()
  let told = false
  return async () => {
    if (told) return
    told = true
    await promisify(execFile)('systemd-notify', ['--ready', 'NOTIFYACCESS=main'], {
      env: { ...env, NOTIFY_SOCKET: socket },
      timeout: 30_000,
    })
  }
}
