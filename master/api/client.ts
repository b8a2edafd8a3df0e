import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { AppError, type Problem } from '../../protocol/errors.ts'
import type { StreamInputOf, StreamName } from '../sessions/stream-contract.ts'
import type { EventOfVerb, InputOf, ResultOf, VerbName } from '../verbs/index.ts'
import { jsonLines } from './lines.ts'
import type { OperatorStream } from './stream-client.ts'

export interface ApiClient {
  /**
   * Calls a verb and returns its result; `onEvent` receives its events. Throws the problems that the master reported, or
   * MASTER_NOT_RUNNING.
   */
  call<Verb extends VerbName>(
    verb: Verb,
    input: InputOf<Verb>,
    onEvent?: (event: EventOfVerb<Verb>) => void,
  ): Promise<ResultOf<Verb>>
  /** Opens sessions on minions. Throws the master's refusal, or MASTER_NOT_RUNNING. */
  stream<Name extends StreamName>(verb: Name, input: StreamInputOf<Name>): Promise<OperatorStream>
}

interface Line {
  readonly event?: unknown
  readonly result?: unknown
  readonly problems?: readonly Problem[]
}

/** Creates a client for the API on a unix socket. `signal` stops waiting; jobs that were started continue. */
export function createClient(socket: string, signal?: AbortSignal): ApiClient {
  return {
    async stream(verb, input) {
      const { openOperatorStream } = await import('./stream-client.ts')
      return await openOperatorStream(socket, verb, input, cause => notRunning(socket, cause), signal)
    },
    async call<Verb extends VerbName>(verb: Verb, input: InputOf<Verb>, onEvent?: (event: EventOfVerb<Verb>) => void) {
      const response = await post(socket, verb, JSON.stringify(input), signal)
      let isShowing = false
      try {
        for await (const text of jsonLines(response)) {
          if (text === '') continue
          const line = lineOf(text)
          if (line.problems !== undefined) throw new AppError(line.problems)
          if ('result' in line) return line.result as ResultOf<Verb>
          isShowing = true
          onEvent?.(line.event as EventOfVerb<Verb>)
          isShowing = false
        }
      } catch (thrown) {
        // An error in the display callback does not mean that the master is gone.
        if (thrown instanceof AppError || isShowing) throw thrown
        if (signal?.aborted) throw interrupted(thrown)
        throw gone(socket, thrown)
      } finally {
        response.destroy()
      }
      if (signal?.aborted) throw interrupted()
      throw gone(socket)
    },
  }
}

/**
 * Parses one line. Throws MESSAGE_INVALID for text that is not JSON: the master is running, but this CLI does not understand
 * it.
 */
function lineOf(text: string): Line {
  try {
    return JSON.parse(text) as Line
  } catch (cause) {
    throw new AppError(
      {
        code: 'MESSAGE_INVALID',
        message: `the master's answer is not valid JSON: ${JSON.stringify(text.slice(0, 80))}`,
        hint: 'Upgrade the CLI and the master to the same version; compare `master --version` and `master status`.',
      },
      { cause },
    )
  }
}

function post(socket: string, verb: VerbName, body: string, signal?: AbortSignal): Promise<IncomingMessage> {
  // Not imported: an `import` of node:http also loads its WebSocket, and with it all of undici.
  const { request } = process.getBuiltinModule('node:http')
  const { connect } = process.getBuiltinModule('node:net')
  // Without an agent, which checks whether the name of the host is an IPv6 address: 5 ms for its regular expression.
  const createConnection = (): Socket => connect(socket)
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const outgoing = request(
      { createConnection, path: `/v1/${verb}`, method: 'POST', headers, ...(signal === undefined ? {} : { signal }) },
      resolve,
    )
    outgoing.on('error', cause => reject(signal?.aborted ? interrupted(cause) : notRunning(socket, cause)))
    outgoing.end(body)
  })
}

function notRunning(socket: string, cause: NodeJS.ErrnoException): AppError {
  if (cause.code === 'EACCES') {
    return new AppError(
      {
        code: 'MASTER_NOT_RUNNING',
        message: `the socket \`${socket}\` belongs to another user`,
        hint: 'Use the account that runs the master, for example with `sudo`, or ask to be added as an operator in fleet.yml.',
      },
      { cause },
    )
  }
  if (cause.code === 'ECONNRESET' || cause.code === 'EPIPE') {
    return new AppError(
      {
        code: 'MASTER_NOT_RUNNING',
        message: `the master at \`${socket}\` closed the connection before it answered: it is stopping, or it has no file descriptor left`,
        hint: 'See `journalctl -u saltern-master -n 50` and `systemctl show -p LimitNOFILE saltern-master`.',
      },
      { cause },
    )
  }
  return new AppError(
    {
      code: 'MASTER_NOT_RUNNING',
      message: `no master responds at \`${socket}\``,
      hint: 'Start it: `systemctl start saltern-master`, or name its socket with `--socket`.',
    },
    { cause },
  )
}

function interrupted(cause?: unknown): AppError {
  return new AppError(
    {
      code: 'CALL_INTERRUPTED',
      message: 'interrupted before the master answered',
      hint: 'Jobs that were started continue: see `master jobs`.',
    },
    { cause },
  )
}

function gone(socket: string, cause?: unknown): AppError {
  return new AppError(
    {
      code: 'MASTER_NOT_RUNNING',
      message: `the master at \`${socket}\` stopped before it answered`,
      hint: 'Jobs that were started are not lost: see `master jobs` when the master is running again.',
    },
    { cause },
  )
}
