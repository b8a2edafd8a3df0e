import { expect, it } from 'vitest'
import { parsedOf } from '../../../master/control/parsed-fleet.ts'
import type { FleetFiles, FleetReader } from '../../../master/fleet/snapshot.ts'

it('a broken fleet file is parsed only once while the files are unchanged', () => {
  const filesOf = (inventory: string): FleetFiles => {
    const texts = { 'fleet.yml': 'a: "x\n', 'inventory.yml': inventory }
    const files = new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]))
    return { files, broken: new Map() } as unknown as FleetFiles
  }
  const thrownOf = (files: FleetFiles): unknown => {
    try {
      return parsedOf(reader, files, new Map())
    } catch (thrown) {
      return thrown
    }
  }
  const reader: FleetReader = { read: () => Promise.reject(new Error('nobody reads')) }
  const files = filesOf('b: [1\n')

  const first = thrownOf(files)

  expect(first).toMatchObject({ code: 'YAML_INVALID' })
  expect(thrownOf(files)).toBe(first)
  expect(thrownOf(filesOf('b: [1\n'))).not.toBe(first)
})
