import { expect, it } from 'vitest'
import { BlobFetcher } from '../../../minion/link/blob-fetcher.ts'
import { chunkAt } from '../../../protocol/blob-transfer.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { LIMITS } from '../../../protocol/limits.ts'

const BYTES = new Uint8Array(3 * LIMITS.chunkBytes + 5).map((_, index) => index % 251)
const REF = { sha256: sha256Of(BYTES), size: BYTES.length }
const never = new AbortController().signal

function scene() {
  const asked: number[] = []
  const fetcher = new BlobFetcher({
    send: message => {
      if (message.type === 'blob-get') asked.push(message.offset)
    },
  })
  const answer = (offset: number): void => {
    const chunk = chunkAt(REF.sha256, BYTES, offset)
    if (chunk !== undefined) fetcher.take(chunk)
  }
  return { asked, fetcher, answer }
}

it('the blob fetcher assembles chunks that arrive in any order', async () => {
  const { asked, fetcher, answer } = scene()
  const fetching = fetcher.fetch(REF, never)

  for (const offset of asked.toReversed()) answer(offset)

  expect(await fetching).toEqual(BYTES)
})

it('the blob fetcher requests only the missing chunks after a disconnect', async () => {
  const { asked, fetcher, answer } = scene()
  const fetching = fetcher.fetch(REF, never)
  const [first = 0, ...rest] = asked.splice(0)
  answer(first)

  fetcher.resume()

  expect(asked).toEqual(rest)
  for (const offset of rest) answer(offset)
  expect(await fetching).toEqual(BYTES)
})

it('the blob fetcher fails when the master refuses a blob, and requests it again next time', async () => {
  const { asked, fetcher } = scene()
  const fetching = fetcher.fetch(REF, never)
  asked.length = 0

  fetcher.refused(REF.sha256)

  await expect(fetching).rejects.toMatchObject({ problems: [{ code: 'BLOB_REFUSED' }] })
  fetcher.fetch(REF, AbortSignal.timeout(1)).catch(() => undefined)
  expect(asked).toHaveLength(4)
})

it('the blob fetcher fetches a blob once for two callers', async () => {
  const { asked, fetcher, answer } = scene()
  const both = Promise.all([fetcher.fetch(REF, never), fetcher.fetch(REF, never)])

  expect(asked).toHaveLength(4)
  for (const offset of asked) answer(offset)

  expect(await both).toEqual([BYTES, BYTES])
})
