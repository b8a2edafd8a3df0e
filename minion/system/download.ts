import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { writeAtomic } from './write-atomic.ts'

export interface Download {
  readonly url: string
  readonly sha256: Sha256
  readonly path: string
  /** Four octal digits. */
  readonly mode: string
  readonly uid: number
  readonly gid: number
  /** Validates the new file before it replaces the old one; throws CHECK_FAILED. */
  readonly check?: (candidate: string) => Promise<void>
}

const LARGEST = 1024 ** 3
/** A server that sends nothing for this long counts as dead. */
const SILENCE_MS = 60_000

/**
 * Downloads a file and moves it into place atomically if its content has the expected hash; otherwise the old file stays.
 * Throws DOWNLOAD_FAILED, DOWNLOAD_MISMATCH, and what `writeAtomic` throws.
 */
export async function download(wanted: Download, signal: AbortSignal | undefined): Promise<void> {
  const { path, mode, uid, gid, check } = wanted
  const data = checked(wanted, await fetched(wanted, signal))
  await writeAtomic(
    { path, data, mode: Number.parseInt(mode, 8), uid, gid, ...(check === undefined ? {} : { check }) },
    randomBytes(6).toString('hex'),
  )
}

async function fetched({ url }: Download, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), SILENCE_MS)
  try {
    const ends = signal === undefined ? silence.signal : AbortSignal.any([silence.signal, signal])
    const response = await fetch(url, { signal: ends })
    if (!response.ok || response.body === null) throw failed(url, `the server answered ${response.status}`)
    return heard(url, response, timer)
  } catch (error) {
    clearTimeout(timer)
    throw error instanceof AppError ? error : failed(url, reasonOf(error), error)
  }
}

/** Takes the response and not its body: `fetch` ends the unread body of a response that was garbage collected. */
async function* heard(
  url: string,
  response: Response,
  timer: NodeJS.Timeout,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const piece of response.body ?? []) {
      timer.refresh()
      yield piece
    }
  } catch (error) {
    throw failed(url, reasonOf(error), error)
  } finally {
    clearTimeout(timer)
  }
}

async function* checked(
  { url, sha256 }: Download,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > LARGEST) throw failed(url, 'it is larger than 1 GiB')
    hash.update(piece)
    yield piece
  }
  const found = hash.digest('hex')
  if (found === sha256) return
  throw new AppError({
    code: 'DOWNLOAD_MISMATCH',
    message: `expected SHA-256 ${sha256} from ${url}, got ${found} (${bytes} bytes)`,
    hint: "The old file is unchanged. Compare with the publisher's hash before you change `sha256`.",
  })
}

function failed(url: string, why: string, cause?: unknown): AppError {
  return new AppError(
    {
      code: 'DOWNLOAD_FAILED',
      message: `${url} could not be downloaded: ${why}`,
      hint: `Try it on the host: \`curl -fLO ${url}\`.`,
    },
    { cause },
  )
}

/** `fetch` hides the real reason in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'AbortError') return `no data arrived for ${SILENCE_MS / 1000} s, or the run was cancelled`
  return error.cause instanceof Error ? error.cause.message : error.message
}
