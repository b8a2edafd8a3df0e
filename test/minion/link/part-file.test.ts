import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { BlobFetcher } from '../../../minion/link/blob-fetcher.ts'
import { chunkAt, WINDOW } from '../../../protocol/blob-transfer.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { until } from '../../journey/scene.ts'

const CHUNKS = 3 * WINDOW
const BYTES = new Uint8Array(randomBytes(CHUNKS * LIMITS.chunkBytes - 5))
const REF = { sha256: sha256Of(BYTES), size: BYTES.length }
const never = new AbortController().signal

async function scene() {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-part-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'blobs', REF.sha256)
  const asked: number[] = []
  const fetcher = new BlobFetcher({
    send: message => {
      if (message.type === 'blob-get') asked.push(message.offset)
    },
  })
  const answer = (offset: number, bytes = BYTES): void => {
    const chunk = chunkAt(REF.sha256, bytes, offset)
    if (chunk !== undefined) fetcher.take(chunk)
  }
  /** Answers all requests, the latest first, until the fetch ends. */
  const serve = async (fetching: Promise<void>): Promise<readonly number[]> => {
    const seen: number[] = []
    let ended = false
    const end = (): void => {
      ended = true
    }
    fetching.then(end, end)
    await until('it is fetched', () => {
      for (const offset of asked.splice(0).toReversed()) {
        seen.push(offset)
        answer(offset)
      }
      return ended
    })
    return seen
  }
  return { directory, path, asked, fetcher, answer, serve }
}

it('a blob fetched to disk is complete in the end, with each chunk requested once, in any order of arrival', async () => {
  const { path, fetcher, serve } = await scene()
  const fetching = fetcher.fetchFile(REF, path, never)
  const other = fetcher.fetchFile(REF, path, never)

  const seen = await serve(fetching)
  await Promise.all([fetching, other])

  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: CHUNKS }, (_, n) => n * LIMITS.chunkBytes))
  expect(Buffer.compare(await readFile(path), BYTES)).toBe(0)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(path, '..'))).toEqual([REF.sha256])
})

it('a blob fetched to disk keeps at most a window of chunks in memory while the first is missing', async () => {
  const { path, asked, fetcher, answer } = await scene()
  const aborted = new AbortController()
  const fetching = fetcher.fetchFile(REF, path, aborted.signal)
  await until('it asks', () => asked.length === WINDOW)

  for (const offset of asked.slice(1)) answer(offset)
  fetcher.resume()

  expect(asked).toEqual([...Array.from({ length: WINDOW }, (_, n) => n * LIMITS.chunkBytes), 0])
  aborted.abort(new Error('enough'))
  await expect(fetching).rejects.toThrow('enough')
})

it('a blob fetched to disk resumes after a disconnect and after a restart of the minion', async () => {
  const first = await scene()
  const aborted = new AbortController()
  const fetching = first.fetcher.fetchFile(REF, first.path, aborted.signal)
  await until('it asks', () => first.asked.length === WINDOW)
  for (const offset of first.asked.splice(0)) first.answer(offset)
  await until('they are written', () => first.asked.length === WINDOW)
  first.fetcher.resume()
  expect(first.asked.splice(0).slice(WINDOW)).toEqual(
    Array.from({ length: WINDOW }, (_, n) => (WINDOW + n) * LIMITS.chunkBytes),
  )
  aborted.abort(new Error('the minion was killed'))
  await expect(fetching).rejects.toThrow()

  const second = await scene()
  const resumed = second.fetcher.fetchFile(REF, first.path, never)
  const seen = await second.serve(resumed)
  await resumed

  expect(Math.min(...seen)).toBe(WINDOW * LIMITS.chunkBytes)
  expect(seen).toHaveLength(CHUNKS - WINDOW)
  expect(Buffer.compare(await readFile(first.path), BYTES)).toBe(0)
})

it('a blob whose partial file was damaged is refused, and fetched from the start next time', async () => {
  const { path, fetcher, serve } = await scene()
  await fetcher.fetchFile(REF, path, AbortSignal.abort(new Error('not now'))).catch(() => undefined)
  await rm(join(path, '..'), { recursive: true, force: true })
  const fetching = fetcher.fetchFile(REF, path, never)
  await serve(fetching)
  await fetching
  await rm(path)
  await writeFile(`${path}.part`, randomBytes(2 * LIMITS.chunkBytes))

  const refused = fetcher.fetchFile(REF, path, never)
  await Promise.all([serve(refused), expect(refused).rejects.toMatchObject({ code: 'BLOB_MISMATCH' })])
  expect(await readdir(join(path, '..'))).toEqual([])
  const again = fetcher.fetchFile(REF, path, never)
  await serve(again)
  await again

  expect(Buffer.compare(await readFile(path), BYTES)).toBe(0)
})

it('a blob of more than 1 GiB is not fetched', async () => {
  const { path, fetcher } = await scene()

  const fetching = fetcher.fetchFile({ ...REF, size: LIMITS.fileBytes + 1 }, path, never)

  await expect(fetching).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
})
