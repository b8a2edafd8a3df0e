import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { BackPressure } from '../../protocol/back-pressure.ts'
import type { ChannelFromMinion, ChannelToMinion } from '../../protocol/channel.ts'
import { packMessage, packPlain, unpackPlain, viewOf } from '../../protocol/codec.ts'
import { AppError, type Problem } from '../../protocol/errors.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { MessageSender } from '../../protocol/message-sender.ts'
import { type StreamAnswer, type StreamInputOf, type StreamName, WINDOW_HEADER } from '../sessions/stream-contract.ts'

/** Channels to minions through the master. */
export interface OperatorStream {
  readonly channels: Extract<StreamAnswer, { type: 'stream-opened' }>['channels']
  readonly offline: readonly string[]
  send(message: ChannelToMinion): void
  /** Waits while the socket's buffer is full, for large transfers. Undefined: send now. */
  room(): Promise<void> | undefined
  /** Delivers all channel messages, including earlier ones; then calls `end` once, with the problem if there was one. */
  listen(hear: (message: ChannelFromMinion) => void, end: (problem: Problem | undefined) => void): void
  close(): void
}

/**
 * Opens a stream over a unix socket. Throws the master's refusal, or MASTER_NOT_RUNNING from `unreachable`. Aborting `signal`
 * only ends waiting for the answer.
 */
export function openOperatorStream<Name extends StreamName>(
  socket: string,
  verb: Name,
  input: StreamInputOf<Name>,
  unreachable: (cause: NodeJS.ErrnoException) => AppError,
  signal?: AbortSignal,
): Promise<OperatorStream> {
  return new Promise((resolve, reject) => {
    const websocket = new WebSocket(`ws://master/v1/stream/${verb}`, {
      createConnection: () => connect(socket),
      perMessageDeflate: false,
      headers: { [WINDOW_HEADER]: String(LIMITS.largestWindowBytes) },
      // A mask protects proxies (RFC 6455, 10.3), and a unix socket has none.
      generateMask: mask => mask.fill(0),
      maxPayload: 1024 * 1024,
    })
    const pressure = new BackPressure(websocket)
    const sender = new MessageSender<ChannelToMinion>(websocket, packMessage)
    const early: ChannelFromMinion[] = []
    let hear = (message: ChannelFromMinion): void => void early.push(message)
    let end: ((problem: Problem | undefined) => void) | undefined
    let why: Problem | undefined
    let answered = false
    const onAbort = (): void => websocket.terminate()
    signal?.addEventListener('abort', onAbort, { once: true })
    const over = (problem: Problem | undefined): void => {
      pressure.end()
      signal?.removeEventListener('abort', onAbort)
      why ??= problem
      if (answered) return end?.(why)
      reject(new AppError(why ?? { code: 'MASTER_NOT_RUNNING', message: 'the master stopped before it answered' }))
    }
    websocket.on('open', () => websocket.send(packPlain(input)))
    websocket.on('error', (cause: NodeJS.ErrnoException) => {
      if (!answered) reject(signal?.aborted === true ? interrupted() : unreachable(cause))
    })
    websocket.on('close', () =>
      over(answered ? undefined : signal?.aborted === true ? interrupted().problems[0] : undefined),
    )
    websocket.on('message', (data: Buffer) => {
      const message = unpackPlain(viewOf(data), LIMITS.streamAnswerNodes) as StreamAnswer | ChannelFromMinion
      switch (message.type) {
        case 'stream-refused':
          why = message.problems[0]
          if (!answered) reject(new AppError(message.problems as [Problem, ...Problem[]]))
          return
        case 'stream-opened':
          answered = true
          signal?.removeEventListener('abort', onAbort)
          return resolve({
            channels: message.channels,
            offline: message.offline,
            send: outward => {
              if (websocket.readyState === WebSocket.OPEN) sender.send(outward, pressure.sent)
            },
            room: () => pressure.room(),
            listen(onMessage, onEnd) {
              hear = onMessage
              end = onEnd
              for (const waiting of early.splice(0)) onMessage(waiting)
              if (websocket.readyState === WebSocket.CLOSED) onEnd(why)
            },
            close: () => websocket.close(),
          })
        default:
          hear(message)
      }
    })
  })
}

function interrupted(): AppError {
  return new AppError({ code: 'CALL_INTERRUPTED', message: 'interrupted before the master answered' })
}
