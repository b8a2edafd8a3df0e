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

describe('a slot file', () => {
  it('gives what was written last, and nothing when there is no file', async () => {
    expect(await readSlots(path, schema)).toBeUndefined()
    for (let n = 1; n <= 5; n++) {
      await writeSlots(path, { n })
      expect(await readSlots(path, schema)).toEqual({ value: { n }, isTorn: false })
    }
  })

  it('is never larger or another file than after its first write, and nobody else can read it', async () => {
    await writeSlots(path, { n: 1, text: 'a'.repeat(2000) })
    const before = statSync(path)
    for (let n = 2; n < 20; n++) await writeSlots(path, { n })
    const { ino, size, blocks, mode } = statSync(path)

    expect({ ino, size, blocks }).toEqual({ ino: before.ino, size: 2 * SLOT, blocks: before.blocks })
    expect(mode & 0o777).toBe(0o600)
  })

  it('never writes over the slot that is on disk after a write that the disk refused', async () => {
    for (let n = 1; n <= 3; n++) await writeSlots(path, { n })
    const third = readFileSync(path).subarray(0, SLOT)
    const fails = () => Promise.reject(Object.assign(new Error('i/o error'), { code: 'EIO' }))

    await expect(writeSlots(path, { n: 4 }, fails)).rejects.toThrow()
    expect(await readSlots(path, schema)).toMatchObject({ value: { n: 3 } })
    await writeSlots(path, { n: 5 })

    expect(readFileSync(path).subarray(0, SLOT)).toEqual(third)
    expect(await readSlots(path, schema)).toEqual({ value: { n: 5 }, isTorn: false })
  })

  it('gives the write before the last one when the last one was cut off anywhere, and says that a slot is torn', async () => {
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

  it('is written over the slot that is damaged, and is whole again', async () => {
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

  it('whose slots are both damaged is STATE_DAMAGED, and the next write makes it whole', async () => {
    for (let n = 1; n <= 4; n++) await writeSlots(path, { n })
    flip(0)
    flip(1)

    await expect(readSlots(path, schema)).rejects.toMatchObject({ code: 'STATE_DAMAGED' })
    await writeSlots(path, { n: 5 })
    expect((await readSlots(path, schema))?.value).toEqual({ n: 5 })
  })

  it('that was cut short is torn, and the next write replaces it', async () => {
    for (let n = 1; n <= 3; n++) await writeSlots(path, { n })
    truncateSync(path, SLOT)

    expect(await readSlots(path, schema)).toEqual({ value: { n: 3 }, isTorn: true })
    await writeSlots(path, { n: 4 })
    expect(await readSlots(path, schema)).toEqual({ value: { n: 4 }, isTorn: false })
    expect(statSync(path).size).toBe(2 * SLOT)
  })

  it('of one JSON value, as a release before wrote it, is read and becomes one of slots at the next write', async () => {
    writeFileSync(path, JSON.stringify({ n: 7 }))

    expect(await readSlots(path, schema)).toEqual({ value: { n: 7 }, isTorn: false })
    await writeSlots(path, { n: 8 })
    expect(await readSlots(path, schema)).toEqual({ value: { n: 8 }, isTorn: false })
    expect(statSync(path).size).toBe(2 * SLOT)
  })

  it('takes no value that a slot does not hold, and stays as it was', async () => {
    await writeSlots(path, { n: 1 })
    const before = readFileSync(path)

    await expect(writeSlots(path, { n: 2, text: 'a'.repeat(SLOT) })).rejects.toThrow('a slot holds 4096 bytes')
    expect(readFileSync(path)).toEqual(before)
  })
})

describe.runIf(CAN_MOUNT)('a slot file on a full disk', () => {
  it('is written as often as needed, and says DISK_FULL only when it has to be made', async () => {
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
