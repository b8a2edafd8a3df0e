import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { BlobFault, BlobFiles } from '../../../master/store/blob-files.ts'
import { type FileOnDisk, sha256Of } from '../../../protocol/catalog.ts'
import { openFixture, temporaryDirectory } from './fixture.ts'
import { newJob, newRun, runId } from './rows.ts'

const DAY_MS = 24 * 3600_000

function laid(bytes: Uint8Array): FileOnDisk {
  const path = join(temporaryDirectory(), 'large')
  writeFileSync(path, bytes)
  return { path, sha256: sha256Of(bytes), size: bytes.length }
}

async function faults(files: BlobFiles): Promise<readonly BlobFault['fault'][]> {
  const found: BlobFault['fault'][] = []
  for await (const { fault } of files.verify()) found.push(fault)
  return found
}

it('a large file is copied next to the database, readable only by its owner, and survives a restart', async () => {
  const { store, directory, reopen } = openFixture()
  const bytes = randomBytes(700_000)
  const file = laid(bytes)

  await Promise.all([store.blobFiles.add(file), store.blobFiles.add(file)])

  expect(readdirSync(join(directory, 'blobs'))).toEqual([file.sha256])
  expect(statSync(join(directory, 'blobs', file.sha256)).mode & 0o777).toBe(0o600)
  expect(store.blobs.ref(file.sha256)).toBeUndefined()
  const opened = await reopen().blobFiles.open(file.sha256)
  expect(opened?.size).toBe(bytes.length)
  expect(Buffer.compare((await opened?.read(600_000, 200_000)) ?? Buffer.of(), bytes.subarray(600_000))).toBe(0)
  await opened?.close()
})

it('a large file that changed after it was hashed is refused, and none of it is kept', async () => {
  const { store, directory } = openFixture()
  const file = laid(randomBytes(700_000))

  for (const now of [randomBytes(700_000), randomBytes(10), randomBytes(900_000)]) {
    writeFileSync(file.path, now)
    await expect(store.blobFiles.add(file)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
  }
  rmSync(file.path)
  await expect(store.blobFiles.add(file)).rejects.toMatchObject({ code: 'FILE_CHANGED' })

  expect(readdirSync(join(directory, 'blobs'))).toEqual([])
  expect(store.blobFiles.ref(file.sha256)).toBeUndefined()
})

it('a damaged large file is never served: it is removed, reported by verify, and stored again by the next apply', async () => {
  const { store, directory } = openFixture()
  const [first, second] = [laid(randomBytes(300_000)), laid(randomBytes(300_000))]
  for (const file of [first, second]) await store.blobFiles.add(file)
  writeFileSync(join(directory, 'blobs', first.sha256), randomBytes(300_000))
  rmSync(join(directory, 'blobs', second.sha256))

  expect((await faults(store.blobFiles)).toSorted()).toEqual(['damaged', 'missing'])
  expect(await store.blobFiles.open(first.sha256)).toBeUndefined()
  expect(await store.blobFiles.open(second.sha256)).toBeUndefined()
  for (const file of [first, second]) await store.blobFiles.add(file)
  expect(await faults(store.blobFiles)).toEqual([])
})

it('a large file is hashed once while it is unchanged, not each time it is opened', async () => {
  const { store, directory } = openFixture()
  const file = laid(randomBytes(300_000))
  await store.blobFiles.add(file)
  const path = join(directory, 'blobs', file.sha256)
  utimesSync(path, 1_000, 1_000)
  const first = await store.blobFiles.open(file.sha256)
  await first?.close()
  // Other content with the same mark: only hashing again would detect it.
  writeFileSync(path, randomBytes(300_000))
  utimesSync(path, 1_000, 1_000)

  const second = await store.blobFiles.open(file.sha256)

  expect([first?.size, second?.size]).toEqual([300_000, 300_000])
  await second?.close()
})

it('a large file is removed a day after its last use, but not while an unfinished run needs it', async () => {
  const { store, directory, pass } = openFixture()
  const [needed, unused] = [laid(randomBytes(300_000)), laid(randomBytes(300_000))]
  for (const file of [needed, unused]) await store.blobFiles.add(file)
  const run = newRun(store, 1)
  store.jobs.order(newJob(1), [run])
  store.blobFiles.name(run.catalog, needed.sha256)

  expect(await store.blobFiles.collect()).toBe(0)
  pass(DAY_MS + 1)
  expect(await store.blobFiles.collect()).toBe(1)
  expect(readdirSync(join(directory, 'blobs'))).toEqual([needed.sha256])
  store.runs.cancel(runId(1), 'anna')
  expect(await store.blobFiles.collect()).toBe(1)
  expect(readdirSync(join(directory, 'blobs'))).toEqual([])
})

it('a partial copy of a large file left by a kill is removed after a day', async () => {
  const { store, directory, pass } = openFixture()
  mkdirSync(join(directory, 'blobs'))
  const path = join(directory, 'blobs', '.part-0123')
  writeFileSync(path, 'half')
  const begun = new Date('2026-11-21T10:00:00Z')
  utimesSync(path, begun, begun)

  await store.blobFiles.collect()
  expect(readFileSync(path, 'utf8')).toBe('half')
  pass(DAY_MS + 1)
  expect(await store.blobFiles.collect()).toBe(1)
  expect(readdirSync(join(directory, 'blobs'))).toEqual([])
})
