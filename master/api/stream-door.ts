import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { CHANNEL_TO_MINION, type ChannelToMinion } from '../../protocol/channel.ts'
import { packMessage, unpackPlain, viewOf } from '../../protocol/codec.ts'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { MessageSender } from '../../protocol/message-sender.ts'
import type { Caller } from '../access/caller.ts'
import { isStreamName, type StreamAnswer, WINDOW_HEADER } from '../sessions/stream-contract.ts'
import type { OpenStream } from '../sessions/streams.ts'
import type { Drain } from './drain.ts'

interface DoorDeps {
  readonly openStream: OpenStream
  readonly drain: Pick<Drain, 'demandOpen'>
  readonly caller: Caller
  readonly onFault: (thrown: unknown) => void
}

/** Limit for one message from an operator, such as a program with long arguments. */
const LARGEST_MESSAGE = 2 * 1024 * 1024
const PATH = /^\/v1\/stream\/([a-z-]+)$/

/**
 * Serves `GET /v1/stream/<verb>` as a websocket. The first message is the input, in msgpack; the reply is a `StreamAnswer`,
 * followed by channels in link messages. Returns a function that ends all open streams.
 */
export function openStreamDoor(server: Server, deps: DoorDeps): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    sockets.handleUpgrade(request, socket, head, websocket => {
      serve(deps, websocket, windowIn(request), PATH.exec(request.url ?? '')?.[1] ?? '').catch(deps.onFault)
    })
  })
  return () => {
    for (const websocket of sockets.clients) websocket.terminate()
    sockets.close()
  }
}

async function serve(
  { openStream, drain, caller, onFault }: DoorDeps,
  websocket: WebSocket,
  window: number,
  verb: string,
): Promise<void> {
  const gone = new AbortController()
  const sender = new MessageSender<object>(websocket, packMessage)
  const send = (message: object): void => {
    if (websocket.readyState === websocket.OPEN) sender.send(message)
  }
  const refuse = (problems: readonly Problem[]): void => {
    send({ type: 'stream-refused', problems } satisfies StreamAnswer)
    websocket.close()
  }
  websocket.on('close', () => gone.abort())
  websocket.on('error', () => websocket.terminate())
  let hear: ((message: ChannelToMinion) => void) | undefined
  const first = Promise.withResolvers<unknown>()
  // With an unknown stream name, nothing awaits this promise.
  first.promise.catch(() => undefined)
  let asked = false
  websocket.on('message', (data: Buffer) => {
    // Ignore messages after a refusal.
    if (websocket.readyState !== websocket.OPEN) return
    try {
      const value = unpackPlain(viewOf(data))
      if (asked) return hear?.(checked(value))
      asked = true
      first.resolve(value)
    } catch (thrown) {
      refuse(problemsOf(thrown))
      first.reject(thrown)
    }
  })
  const heartbeat = keepAlive(websocket, () => sender.trim())
  try {
    if (!isStreamName(verb)) {
      throw new AppError({ code: 'USAGE', message: `the API has no stream \`${verb.slice(0, 80)}\`` })
    }
    const input = await Promise.race([first.promise, onceGone(gone.signal)])
    if (gone.signal.aborted) return
    const onMessage = (listener: (message: ChannelToMinion) => void): void => {
      hear = listener
    }
    drain.demandOpen()
    await openStream(verb, input, { answer: send, send, onMessage, window }, gone.signal, caller)
    websocket.close()
  } catch (thrown) {
    if (!(thrown instanceof AppError)) onFault(thrown)
    refuse(problemsOf(thrown))
  } finally {
    clearInterval(heartbeat)
  }
}

/** The largest window that the client takes; a client that says nothing, or no number, knows only the smallest one. */
function windowIn({ headers }: IncomingMessage): number {
  const text = headers[WINDOW_HEADER]
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : LIMITS.channelWindowBytes
}

function checked(value: unknown): ChannelToMinion {
  const type = typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : ''
  const gate = Object.hasOwn(CHANNEL_TO_MINION, type) ? CHANNEL_TO_MINION[type as ChannelToMinion['type']] : undefined
  if (gate?.safeParse(value).success === true) return value as ChannelToMinion
  throw new AppError({
    code: 'MESSAGE_INVALID',
    message: `a stream does not accept \`${type.slice(0, 40)}\` of this shape`,
  })
}

function onceGone(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Closes the connection of a client that hangs. A unix socket closes by itself only when its process exits. */
function keepAlive(websocket: WebSocket, onBeat: () => void): NodeJS.Timeout {
  let alive = true
  websocket.on('pong', () => {
    alive = true
  })
  websocket.on('message', () => {
    alive = true
  })
  return setInterval(() => {
    if (!alive) return websocket.terminate()
    alive = false
    onBeat()
    websocket.ping()
  }, 6 * LIMITS.heartbeatMs)
}
