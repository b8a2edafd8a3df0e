import type { Readable, Writable } from 'node:stream'
import { broadcast } from './broadcast.ts'
import { carry, interruptOn, type RemoteChannel } from './remote-channel.ts'
import type { RemoteEnd, RemoteOutcome } from './remote-outcome.ts'

/** Limit for the output kept per minion while results are grouped. */
export const KEPT_BYTES = 256 * 1024

/**
 * Runs one program with the streams of this process. Output is passed through unchanged: it can be a dump, an archive or a
 * full-screen program, and an operator who runs a program on one minion trusts it as they would over ssh.
 */
export async function runRaw(
  channel: RemoteChannel,
  streams: { readonly stdin: Readable | undefined; readonly stdout: Writable; readonly stderr: Writable },
  signal: AbortSignal,
): Promise<RemoteEnd> {
  const calm = interruptOn(signal, [channel])
  const stop = feed(streams.stdin, [channel])
  try {
    const outputs = Promise.all([carry(channel.output, streams.stdout), carry(channel.errors, streams.stderr)])
    const end = await channel.ended
    await outputs
    return end
  } finally {
    calm()
    stop()
  }
}

/** Runs a program on many minions and keeps up to `KEPT_BYTES` of output each. Calls `onEnd` as each one ends. */
export async function runGrouped(
  channels: readonly RemoteChannel[],
  stdin: Readable | undefined,
  signal: AbortSignal,
  onEnd: (outcome: RemoteOutcome) => void,
): Promise<readonly RemoteOutcome[]> {
  const calm = interruptOn(signal, channels)
  const stop = feed(stdin, channels)
  try {
    return await Promise.all(
      channels.map(async channel => {
        const outcome = await outcomeOf(channel)
        onEnd(outcome)
        return outcome
      }),
    )
  } finally {
    calm()
    stop()
  }
}

async function outcomeOf(channel: RemoteChannel): Promise<RemoteOutcome> {
  const begun = performance.now()
  const room = { left: KEPT_BYTES, cut: 0 }
  const [stdout, stderr, end] = await Promise.all([
    keep(channel.output, room),
    keep(channel.errors, room),
    channel.ended,
  ])
  return {
    minion: channel.minion,
    end,
    stdout,
    stderr,
    cutBytes: room.cut,
    ms: Math.round(performance.now() - begun),
  }
}

/** Keeps what fits. The rest is read and dropped, so that the program does not stall. */
async function keep(from: Readable, room: { left: number; cut: number }): Promise<Uint8Array> {
  const kept: Buffer[] = []
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const piece = chunk.subarray(0, room.left)
    if (piece.length > 0) kept.push(piece)
    room.left -= piece.length
    room.cut += chunk.length - piece.length
  }
  return Buffer.concat(kept)
}

function feed(stdin: Readable | undefined, channels: readonly RemoteChannel[]): () => void {
  const inputs = channels.map(({ input }) => input)
  if (stdin !== undefined) return broadcast(stdin, inputs)
  for (const input of inputs) input.on('error', () => undefined).end()
  return () => undefined
}
