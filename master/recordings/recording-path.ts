import { join } from 'node:path'

const SUFFIX = '.cast'
const SESSION = /^[a-z0-9][a-z0-9-]{0,63}$/

/** Where the recording of a session lies; its name is the master's own. Throws for what is none. Pure. */
export function recordingPath(directory: string, session: string): string {
  if (!SESSION.test(session)) throw new TypeError(`\`${session.slice(0, 80)}\` is not a session id`)
  return join(directory, `${session}${SUFFIX}`)
}

/** The session of a file's name; undefined for a file that is no recording. Pure. */
export function sessionOfFile(name: string): string | undefined {
  const session = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : ''
  return SESSION.test(session) ? session : undefined
}
