import { join } from 'node:path'

const SUFFIX = '.cast'
const SESSION = /^[a-z0-9][a-z0-9-]{0,63}$/

/** Returns the path of a session's recording; the master chooses its name. Throws for an invalid session id. Pure. */
export function recordingPath(directory: string, session: string): string {
  if (!SESSION.test(session)) throw new TypeError(`\`${session.slice(0, 80)}\` is not a session id`)
  return join(directory, `${session}${SUFFIX}`)
}

/** Returns the session of a file name; undefined for a file that is not a recording. Pure. */
export function sessionOfFile(name: string): string | undefined {
  const session = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : ''
  return SESSION.test(session) ? session : undefined
}
