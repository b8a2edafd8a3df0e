import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { AppError } from '../../../protocol/errors.ts'
import { type FileFacts, keepFile, mismatch, piecesOf } from './local-file.ts'
import { closeOn, type RemoteChannel } from './remote-channel.ts'
import type { RemoteEnd } from './remote-outcome.ts'

/** Downloads a file over a `file-get` channel into a local file or a stream. Throws the minion's error. */
export async function getFile(channel: RemoteChannel, to: string | Writable, signal: AbortSignal): Promise<FileFacts> {
  const calm = closeOn(signal, channel)
  try {
    channel.input.on('error', () => undefined).end()
    const told = shortText(channel.errors)
    const facts = async (): Promise<FileFacts> => {
      assertFine(await channel.ended, signal, typeof to === 'string' ? UNCHANGED : 'the output is incomplete')
      return readFacts(await told)
    }
    if (typeof to === 'string') return await keepFile(to, channel.output as AsyncIterable<Buffer>, facts)
    return await passOn(channel.output, to, facts)
  } finally {
    calm()
  }
}

/** Uploads a local file over a `file-put` channel. Throws the minion's error; the old file on the minion is then unchanged. */
export async function putFile(channel: RemoteChannel, from: string, signal: AbortSignal): Promise<void> {
  const calm = closeOn(signal, channel)
  const over = new AbortController()
  const end = channel.ended.finally(() => over.abort())
  try {
    channel.output.resume()
    channel.errors.resume()
    channel.input.on('error', () => over.abort())
    for await (const piece of piecesOf(from)) {
      if (over.signal.aborted) break
      if (channel.input.write(piece)) continue
      await once(channel.input, 'drain', { signal: over.signal }).catch(() => undefined)
    }
    channel.input.end()
    assertFine(await end, signal, UNCHANGED)
  } catch (thrown) {
    channel.close()
    throw thrown
  } finally {
    calm()
  }
}

/** Writes to stdout, where nothing can be taken back: corrupt data has already been written when the error is thrown. */
async function passOn(pieces: Readable, to: Writable, facts: () => Promise<FileFacts>): Promise<FileFacts> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of pieces as AsyncIterable<Buffer>) {
    hash.update(piece)
    size += piece.length
    if (!to.write(piece)) await once(to, 'drain')
  }
  const told = await facts()
  if (told.size === size && told.sha256 === hash.digest('hex')) return told
  throw mismatch('-', told, size)
}

const UNCHANGED = 'the old file was not changed'

/** `left`: what an interrupted copy leaves behind. */
function assertFine(end: RemoteEnd, signal: AbortSignal, left: string): void {
  if ('exit' in end && end.exit === 0) return
  if ('problem' in end && !signal.aborted) throw new AppError(end.problem)
  throw new AppError({ code: 'CALL_INTERRUPTED', message: `the copy was interrupted; ${left}` })
}

/** Limit for the one line that is expected; anything beyond it is read and dropped. */
const LONGEST_FACTS = 4096

async function shortText(from: Readable): Promise<string> {
  let kept = Buffer.alloc(0)
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (kept.length < LONGEST_FACTS) kept = Buffer.concat([kept, chunk])
  }
  return kept.toString('utf8')
}

function readFacts(told: string): FileFacts {
  const facts = parsed(told)
  if (typeof facts.size === 'number' && typeof facts.sha256 === 'string' && typeof facts.mode === 'number') {
    return { size: facts.size, sha256: facts.sha256, mode: facts.mode }
  }
  throw new AppError({ code: 'MESSAGE_INVALID', message: 'the minion did not send the size and hash of the file' })
}

function parsed(text: string): Partial<FileFacts> {
  try {
    return (JSON.parse(text) ?? {}) as Partial<FileFacts>
  } catch {
    return {}
  }
}
