import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod/mini'
import { readSlots, writeSlots } from '../../../minion/state/slot-file.ts'
import { CAN_MOUNT, SmallDisk } from '../../../scripts/chaos/small-disk.ts'

const SLOT = 4096
const schema = z.object({ n: z.int(), text: z.optional(z.string()) })

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-slots-'))
  path = join(directory, 'slots')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Changes a byte in the middle of a slot's content. */
function flip(slot: 0 | 1, at = 80): void {
  const bytes = readFileSync(path)
  bytes[slot * SLOT + at] = (bytes[slot * SLOT + at] ?? 0) ^ 1
  writeFileSync(path, bytes)
}

it('a slot file returns what was written last, and nothing when it does not exist', async () => {
  expect(await readSlots(path, schema)).toBeUndefined()
  for (let n = 1; n <= 5; n++) {
    await writeSlots(path, { n })
    expect(await readSlots(path, schema)).toEqual({ value: { n }, isTorn: false })
  }
})

it('a slot file keeps its size and inode after its first write and is readable only by its owner', async () => {
  await writeSlots(path, { n: 1, text: 'a'.repeat(2000) })
  const before = statSync(path)
  for (let n = 2; n < 20; n++) await writeSlots(path, { n })
  const { ino, size, blocks, mode } = statSync(path)

  expect({ ino, size, blocks }).toEqual({ ino: before.ino, size: 2 * SLOT, blocks: before.blocks })
  expect(mode & 0o777).toBe(0o600)
})

it('a slot file never overwrites its valid slot after a write that the disk refused', async () => {
  for (let n = 1; n <= 3; n++) await writeSlots(path, { n })
  const third = readFileSync(path).subarray(0, SLOT)
  const fails = () => Promise.reject(Object.assign(new Error('i/o error'), { code: 'EIO' }))

  await expect(writeSlots(path, { n: 4 }, fails)).rejects.toThrow()
  expect(await readSlots(path, schema)).toMatchObject({ value: { n: 3 } })
  await writeSlots(path, { n: 5 })

  expect(readFileSync(path).subarray(0, SLOT)).toEqual(third)
  expect(await readSlots(path, schema)).toEqual({ value: { n: 5 }, isTorn: false })
})

it('a slot file returns the previous value when the last write was cut off, and reports a torn slot', async () => {
  for (const cut of [0, 1, 64, 65, 70, 76]) {
    rmSync(path, { force: true })
    for (let n = 1; n <= 3; n++) await writeSlots(path, { n })
    const older = readFileSync(path)
    await writeSlots(path, { n: 4444 })
    const newer = readFileSync(path)
    // The fourth write is in the second slot: its first bytes are new, the others still old.
    const rest = older.subarray(SLOT + cut)
    writeFileSync(path, Buffer.concat([older.subarray(0, SLOT), newer.subarray(SLOT, SLOT + cut), rest]))

    const read = await readSlots(path, schema)
    expect({ cut, ...read }).toEqual({ cut, value: { n: 3 }, isTorn: cut > 0 })
  }
})

it('a write to a slot file replaces the damaged slot and makes the file intact', async () => {
  for (const slot of [0, 1] as const) {
    rmSync(path, { force: true })
    for (let n = 1; n <= 4; n++) await writeSlots(path, { n })
    flip(slot)
    const kept = slot === 0 ? 4 : 3

    expect(await readSlots(path, schema)).toEqual({ value: { n: kept }, isTorn: true })
    await writeSlots(path, { n: 9 })
    expect(await readSlots(path, schema)).toEqual({ value: { n: 9 }, isTorn: false })
    flip(slot)
    expect(await readSlots(path, schema)).toEqual({ value: { n: kept }, isTorn: true })
  }
})

it('a slot file with two damaged slots is STATE_DAMAGED, and the next write makes it intact', async () => {
  for (let n = 1; n <= 4; n++) await writeSlots(path, { n })
  flip(0)
  flip(1)

  await expect(readSlots(path, schema)).rejects.toMatchObject({ code: 'STATE_DAMAGED' })
  await writeSlots(path, { n: 5 })
  expect((await readSlots(path, schema))?.value).toEqual({ n: 5 })
})

it('a truncated slot file is torn, and the next write replaces it', async () => {
  for (let n = 1; n <= 3; n++) await writeSlots(path, { n })
  truncateSync(path, SLOT)

  expect(await readSlots(path, schema)).toEqual({ value: { n: 3 }, isTorn: true })
  await writeSlots(path, { n: 4 })
  expect(await readSlots(path, schema)).toEqual({ value: { n: 4 }, isTorn: false })
  expect(statSync(path).size).toBe(2 * SLOT)
})

it('a slot file of the old JSON format is read and converted at the next write', async () => {
  writeFileSync(path, JSON.stringify({ n: 7 }))

  expect(await readSlots(path, schema)).toEqual({ value: { n: 7 }, isTorn: false })
  await writeSlots(path, { n: 8 })
  expect(await readSlots(path, schema)).toEqual({ value: { n: 8 }, isTorn: false })
  expect(statSync(path).size).toBe(2 * SLOT)
})

it('a slot file rejects a value too large for a slot and stays unchanged', async () => {
  await writeSlots(path, { n: 1 })
  const before = readFileSync(path)

  await expect(writeSlots(path, { n: 2, text: 'a'.repeat(SLOT) })).rejects.toThrow('a slot holds 4096 bytes')
  expect(readFileSync(path)).toEqual(before)
})

describe.runIf(CAN_MOUNT)('a slot file on a full disk', () => {
  it('a slot file can be rewritten on a full disk, and fails with DISK_FULL only when it must be created', async () => {
    const mounted = join(directory, 'disk')
    mkdirSync(mounted)
    const disk = SmallDisk.mount(mounted)
    try {
      const there = join(mounted, 'there')
      await writeSlots(there, { n: 0 })
      disk.fill()
      for (let n = 1; n <= 50; n++) await writeSlots(there, { n })

      expect(await readSlots(there, schema)).toEqual({ value: { n: 50 }, isTorn: false })
      await expect(writeSlots(join(mounted, 'new'), { n: 1 })).rejects.toMatchObject({ code: 'DISK_FULL' })
    } finally {
      disk.unmount()
    }
  })
})
