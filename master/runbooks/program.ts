import type { ChannelEnd, ChannelToMinion } from '../../protocol/channel.ts'
import { AppError } from '../../protocol/errors.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { Caller } from '../access/caller.ts'
import type { OpenStream } from '../sessions/streams.ts'

export interface ProgramWish {
  readonly minion: string
  readonly argv: readonly string[]
  readonly stdin: string
  readonly user: string | undefined
  readonly timeoutMs: number
}

export interface ProgramSaid {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Output of a program above this size is dropped. */
const MOST_OUTPUT = 256 * 1024

/**
 * Runs a program on one minion like `run` of an operator, in a session that is logged. Throws MINION_AWAY, and the problem of a
 * program that could not run to its end.
 */
export async function runProgram(
  open: OpenStream,
  { minion, argv, stdin, user, timeoutMs }: ProgramWish,
  caller: Caller,
  signal: AbortSignal,
): Promise<ProgramSaid> {
  const input = new TextEncoder().encode(stdin)
  if (input.length > LIMITS.chunkBytes) {
    throw new AppError({
      code: 'RUNBOOK_INVALID',
      message: `the input of a step has ${input.length} bytes, at most ${LIMITS.chunkBytes} are allowed`,
    })
  }
  const said = { out: new Text(), err: new Text() }
  let end: ChannelEnd | undefined
  let isAway = false
  let hear: ((message: ChannelToMinion) => void) | undefined
  const wish = { target: `id=${minion}`, argv, timeoutMs, ...(user === undefined ? {} : { user }) }
  const peer = {
    window: LIMITS.channelWindowBytes,
    answer: ({ offline }: { readonly offline: readonly string[] }) => {
      isAway = offline.length > 0
    },
    send: (message: Parameters<Parameters<OpenStream>[2]['send']>[0]) => {
      const { channel } = message
      if (message.type === 'channel-opened') {
        if (input.length > 0) hear?.({ type: 'channel-data', channel, stream: 'in', data: input })
        hear?.({ type: 'channel-eof', channel, stream: 'in' })
      } else if (message.type === 'channel-data') {
        said[message.stream].add(message.data)
        hear?.({ type: 'channel-credit', channel, stream: message.stream, bytes: message.data.length })
      } else if (message.type === 'channel-ended') end = message.end
    },
    onMessage: (listener: (message: ChannelToMinion) => void) => {
      hear = listener
    },
  }
  await open('run', wish, peer, signal, caller)
  if (isAway) throw new AppError({ code: 'MINION_AWAY', message: `${minion} is offline` })
  if (end === undefined || 'problem' in end) {
    throw new AppError(end?.problem ?? { code: 'SESSION_LOST', message: `the session on ${minion} did not end` })
  }
  if ('signal' in end) {
    throw new AppError({ code: 'PROGRAM_FAILED', message: `\`${argv.join(' ')}\` was killed by ${end.signal}` })
  }
  return { exit: end.exit, stdout: said.out.all(), stderr: said.err.all() }
}

class Text {
  readonly #parts: Uint8Array[] = []
  #size = 0

  add(bytes: Uint8Array): void {
    if (this.#size < MOST_OUTPUT) this.#parts.push(bytes)
    this.#size += bytes.length
  }

  all(): string {
    return Buffer.concat(this.#parts).toString('utf8')
  }
}
