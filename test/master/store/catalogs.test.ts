import { expect, it, vi } from 'vitest'
import { createCatalogs } from '../../../master/store/catalogs.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { catalogOf } from '../jobs/dispatcher-scene.ts'
import { openFixture } from './fixture.ts'

const FILE = sha256Of('a file')
const CATALOG = { ...catalogOf('one'), blobs: [{ sha256: FILE, size: 6 }] }

it('a catalog that this process stored is not read back for its delivery and its report', () => {
  const { blobs, catalogs } = openFixture().store
  const get = vi.spyOn(blobs, 'get')

  const { sha256, size } = catalogs.put(CATALOG)
  const facts = [catalogs.facts(sha256), catalogs.facts(sha256)]

  expect(facts[0]).toEqual({ minion: CATALOG.minion, size, blobs: [FILE], exports: [] })
  expect(facts[1]).toBe(facts[0])
  expect(get).not.toHaveBeenCalled()
})

it('a catalog that another process stored is read once', () => {
  const { blobs, catalogs } = openFixture().store
  const { sha256, size } = catalogs.put(CATALOG)
  const get = vi.spyOn(blobs, 'get')
  const later = createCatalogs(blobs)

  const facts = [later.facts(sha256), later.facts(sha256)]

  expect(facts[0]).toEqual({ minion: CATALOG.minion, size, blobs: [FILE], exports: [] })
  expect(get).toHaveBeenCalledTimes(1)
  expect(later.facts(sha256Of('another'))).toBeUndefined()
})
