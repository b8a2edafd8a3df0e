import { chmod, lstat, unlink } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { connect } from 'node:net'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import { jsonBeyond } from '../../protocol/json-bounds.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { Caller } from '../access/caller.ts'
import type { OpenStream } from '../sessions/streams.ts'
import { isVerbName, verbNamed } from '../verbs/index.ts'
import type { Dispatch } from './dispatch.ts'
import type { Drain } from './drain.ts'
import { openStreamDoor } from './stream-door.ts'

/** Not imported: see the client of the API. */
const { createServer } = process.getBuiltinModule('node:http')

const LARGEST_BODY = 2 * 1024 * 1024
/** Limit for unread output of a stopped reader, such as a suspended command line; beyond it, the connection is closed. */
const MOST_UNREAD = 64 * 1024 * 1024

export interface ApiServer {
  close(): Promise<void>
}

interface ApiDeps {
  readonly dispatch: Dispatch
  readonly drain: Pick<Drain, 'during' | 'demandOpen'>
  readonly openStream: OpenStream
  /** The caller behind this socket: its path is the identity. */
  readonly caller: Caller
  /** Handles errors that can no longer be sent as an answer. */
  readonly onFault: (thrown: unknown) => void
}

/**
 * Starts the API on a unix socket that only its owner can open. `POST /v1/<verb>` takes a JSON body; the answer is `{result}`
 * or `{problems}`, and streaming verbs write `{event}` lines before it (NDJSON). Throws SOCKET_TAKEN when another master
 * listens there.
 */
export async function startApi(deps: ApiDeps, path: string): Promise<ApiServer> {
  await removeStale(path)
  const server = createServer(requestHandler(deps))
  // Streams stay open as long as their job runs.
  server.requestTimeout = 0
  server.timeout = 0
  const endStreams = openStreamDoor(server, deps)
  await listen(server, path)
  return {
    close: () =>
      new Promise(resolve => {
        endStreams()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function requestHandler({ dispatch, drain, caller, onFault }: ApiDeps): RequestListener {
  return (incoming, outgoing) => {
    const gone = new AbortController()
    outgoing.on('close', () => gone.abort())
    outgoing.on('error', () => gone.abort())
    const verb = /^\/v1\/([a-z-]+)$/.exec(incoming.url ?? '')?.[1] ?? ''
    const fail = (status: number, problems: readonly Problem[]): void => {
      if (!outgoing.headersSent) outgoing.writeHead(status, { 'content-type': 'application/json' })
      outgoing.end(`${JSON.stringify({ problems })}\n`)
    }
    if (incoming.method !== 'POST' || !isVerbName(verb)) {
      const asked = `${incoming.method ?? ''} ${incoming.url?.slice(0, 80) ?? ''}`
      return fail(404, [{ code: 'USAGE', message: `the API has no \`${asked}\`` }])
    }
    const streams = verbNamed(verb).streams !== undefined
    const type = streams ? 'application/x-ndjson' : 'application/json'
    const write = (line: object): void => {
      if (gone.signal.aborted) return
      if (!outgoing.headersSent) outgoing.writeHead(200, { 'content-type': type })
      if (outgoing.writableLength > MOST_UNREAD) outgoing.destroy()
      else outgoing.write(`${JSON.stringify(line)}\n`)
    }
    readBody(incoming)
      .then(body =>
        drain.during(streams, gone.signal, signal => dispatch(verb, body, event => write({ event }), signal, caller)),
      )
      .then(result => {
        write({ result })
        outgoing.end()
      })
      .catch((thrown: unknown) => {
        if (!(thrown instanceof AppError)) onFault(thrown)
        fail(thrown instanceof AppError ? 400 : 500, problemsOf(thrown))
      })
      .catch(onFault)
  }
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_BODY)
      throw new AppError({ code: 'MESSAGE_TOO_LARGE', message: `a request can have at most ${LARGEST_BODY} bytes` })
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  const beyond = jsonBeyond(body, { nodes: LIMITS.requestNodes, depth: LIMITS.jsonDepth })
  if (beyond !== undefined)
    throw new AppError({ code: 'USAGE', message: `the body of the request is refused: ${beyond}` })
  try {
    return JSON.parse(body.toString('utf8') || '{}')
  } catch (cause) {
    throw new AppError({ code: 'USAGE', message: 'the body of a request must be JSON' }, { cause })
  }
}

/** Removes a socket file that no process listens on: a killed master left it. */
async function removeStale(path: string): Promise<void> {
  const status = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (status === undefined) return
  if (!status.isSocket() || (await answers(path))) {
    throw new AppError({
      code: 'SOCKET_TAKEN',
      message: status.isSocket() ? `another master listens at \`${path}\`` : `\`${path}\` exists and is not a socket`,
      hint: 'Stop it first, or choose another path: `master start --socket PATH`.',
    })
  }
  await unlink(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(path)
    probe.on('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.on('error', () => resolve(false))
  })
}

async function listen(server: Server, path: string): Promise<void> {
  // The umask creates the socket with mode 0600; chmod repeats it for systems that ignore the umask.
  const before = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new AppError(
      {
        code: 'SOCKET_TAKEN',
        message: `cannot create the socket \`${path}\`: ${code ?? message}`,
        hint: 'Choose another path: `master start --socket PATH`.',
      },
      { cause },
    )
  } finally {
    process.umask(before)
  }
  await chmod(path, 0o600)
}
