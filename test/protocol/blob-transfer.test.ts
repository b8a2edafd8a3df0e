import { expect, it } from 'vitest'
import { BlobAssembly, ChunkWindow, chunkAt, WINDOW } from '../../protocol/blob-transfer.ts'
import { sha256Of } from '../../protocol/catalog.ts'
import { LIMITS } from '../../protocol/limits.ts'

const SHA = sha256Of('x')

it('the chunk window requests each chunk of 1 GiB once and in order, never more than the window ahead', () => {
  const size = LIMITS.fileBytes
  const window = new ChunkWindow(size)
  const queue = [...window.wanted()]
  let expected = 0
  let most = 0
  for (let offset = queue.shift(); offset !== undefined; offset = queue.shift()) {
    if (offset !== expected) throw new Error(`asked for ${offset} instead of ${expected}`)
    const data = new Uint8Array(Math.min(LIMITS.chunkBytes, size - offset))
    window.answered({ type: 'blob-chunk', sha256: SHA, offset, size, data })
    window.used()
    queue.push(...window.wanted())
    most = Math.max(most, queue.length)
    expected += LIMITS.chunkBytes
  }

  expect(expected).toBeGreaterThanOrEqual(size)
  expect(most).toBeLessThanOrEqual(WINDOW)
})

it('the chunk window requests nothing more while received chunks have not been written', () => {
  const size = 100 * LIMITS.chunkBytes
  const window = new ChunkWindow(size)
  const asked = window.wanted()
  for (const offset of asked) {
    window.answered({ type: 'blob-chunk', sha256: SHA, offset, size, data: new Uint8Array(LIMITS.chunkBytes) })
  }

  expect(asked).toHaveLength(WINDOW)
  expect(window.wanted()).toEqual([])
  window.used()
  expect(window.wanted()).toEqual([WINDOW * LIMITS.chunkBytes])
})

it('the chunk window does not count repeated or unrequested chunks as progress', () => {
  const bytes = new Uint8Array(3 * LIMITS.chunkBytes).fill(7)
  const assembly = new BlobAssembly(sha256Of(bytes), bytes.length)
  assembly.wanted()
  const first = chunkAt(assembly.sha256, bytes, 0)
  if (first === undefined) throw new Error('there is a first chunk')

  expect([assembly.take(first), assembly.take(first), assembly.take(first)]).toEqual([undefined, undefined, undefined])
})
