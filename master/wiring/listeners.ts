import { problemsOf } from '../../protocol/errors.ts'
import type { Caller } from '../access/caller.ts'
import { openOperators } from '../access/operators.ts'
import type { Dispatch } from '../api/dispatch.ts'
import type { Drain } from '../api/drain.ts'
import { openOperatorSockets } from '../api/operator-sockets.ts'
import { type ApiServer, startApi } from '../api/server.ts'
import { uidOf } from '../api/system-user.ts'
import { operatorDirectory } from '../config.ts'
import type { OpenStream } from '../sessions/streams.ts'
import { RIGHTS } from '../verbs/rights.ts'

interface ListenerDeps {
  readonly fleetDirectory: string
  /** Socket of the local administrator; those of the operators are in a directory next to it. */
  readonly mainSocket: string
  readonly dispatch: Dispatch
  readonly drain: Drain
  readonly openStream: OpenStream
  readonly onFault: (thrown: unknown) => void
  readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
}

const LOOK_MS = 2000
/** System users change independently of fleet.yml: they are read again after this many checks. */
const LOOKS_A_RECKONING = 30

/** Gives every operator of fleet.yml a socket, now and whenever that file changes. */
export async function openOperatorListeners({
  fleetDirectory,
  mainSocket,
  dispatch,
  drain,
  openStream,
  onFault,
  warn,
}: ListenerDeps): Promise<ApiServer> {
  const operators = openOperators(fleetDirectory, RIGHTS)
  const sockets = await openOperatorSockets({
    directory: operatorDirectory(mainSocket),
    start: ({ name }, path) => {
      const caller: Caller = { operator: name, via: 'socket', rights: operators.rightsOf(name) }
      return startApi({ dispatch, drain, openStream, caller, onFault }, path)
    },
    uidOf,
    ownUid: process.getuid?.() ?? -1,
    warn,
  })
  let seen = ''
  let looks = 0
  let trouble = ''
  const look = async (): Promise<void> => {
    try {
      const list = operators.list().map(({ name, user }) => ({ name, user }))
      const text = JSON.stringify(list)
      looks += 1
      if (text !== seen || looks >= LOOKS_A_RECKONING) {
        await sockets.bring(list)
        seen = text
        looks = 0
      }
      trouble = ''
    } catch (thrown) {
      // A broken file removes no sockets: it allows nothing anyway, and callers are shown its problems.
      const problems = problemsOf(thrown)
      const text = JSON.stringify(problems)
      if (text !== trouble) warn('the sockets of operators could not be updated', { problems })
      trouble = text
    }
  }
  await look()
  let looking: Promise<void> = Promise.resolve()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    looking = look().finally(() => {
      busy = false
    })
  }, LOOK_MS)
  return {
    close: async () => {
      clearInterval(timer)
      await looking
      await sockets.close()
    },
  }
}
