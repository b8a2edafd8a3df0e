import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { catalogCache, type SignedCatalog } from '../../../minion/jobs/catalog-cache.ts'

function signed(generation: number): SignedCatalog {
  return { catalog: Buffer.from('{}'), box: undefined, generation, signature: Buffer.alloc(64) }
}

async function stateDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-cache-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

it('a catalog of an older generation is refused, also when another process stored the newer one meanwhile', async () => {
  const directory = await stateDirectory()
  const cache = catalogCache(directory)
  await cache.save(signed(5))
  await cache.load()

  await expect(cache.save(signed(4))).rejects.toMatchObject({ problems: [{ code: 'RUN_SUPERSEDED' }] })
  await catalogCache(directory).save(signed(7))
  await expect(cache.save(signed(6))).rejects.toMatchObject({ problems: [{ code: 'RUN_SUPERSEDED' }] })
  await cache.save(signed(8))

  expect((await catalogCache(directory).load())?.generation).toBe(8)
})

it('a stored catalog that is damaged, or removed after it was read, is replaced by any generation', async () => {
  const directory = await stateDirectory()
  const path = join(directory, 'catalog.json')
  const cache = catalogCache(directory)
  await cache.save(signed(5))
  await cache.load()

  await writeFile(path, '{')
  await cache.save(signed(1))
  await cache.load()
  await rm(path)
  await cache.save(signed(0))

  expect((await cache.load())?.generation).toBe(0)
})
