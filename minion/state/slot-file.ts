import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { z } from 'zod/mini'
import { explainWrite } from '../system/write-atomic.ts'
import { parseStateJson, readState, writeState } from './state-file.ts'

/** The block size of common file systems: an interrupted write damages no other slot. */
const SLOT_BYTES = 4096
const FILE_BYTES = 2 * SLOT_BYTES
const HASH_DIGITS = 64

/** Contents of a slot file. */
export interface SlotContent<T> {
  readonly value: T
  /** True when a slot is damaged: a write was interrupted or its content is lost. The value is that of the other slot. */
  readonly isTorn: boolean
}

/** Flushes a file; resolves when its data is on disk. */
type Sync = (file: FileHandle) => Promise<void>

interface Slot {
  readonly state: 'whole' | 'blank' | 'torn'
  /** Sequence number of the write; 0 for a slot that is not whole. */
  readonly number: number
  readonly json: string
}

/**
 * Reads the newer of the two slots; undefined when there is no file. Also reads a file with a single JSON value, as written by
 * earlier releases. Throws STATE_DAMAGED.
 */
export async function readSlots<T>(path: string, schema: z.ZodMiniType<T>): Promise<SlotContent<T> | undefined> {
  const bytes = await readState(path)
  if (bytes === undefined) return undefined
  const slots = slotsOf(bytes)
  const newest = newestOf(slots)
  if (newest === undefined) return { value: parseStateJson(path, bytes, schema), isTorn: false }
  const value = parseStateJson(path, Buffer.from(newest.json), schema)
  return { value, isTorn: slots.some(({ state }) => state === 'torn') }
}

/**
 * Writes a small value without needing free space once the file exists: overwrites the older of two fixed-size slots in place.
 * The newer slot stays until the next write, so an interrupted write loses nothing. The value is on disk when it resolves.
 * Throws DISK_FULL when the file must be created, and on a file system that never writes in place, such as btrfs.
 */
export async function writeSlots(path: string, value: unknown, sync: Sync = file => file.datasync()): Promise<void> {
  const file = await openWhole(path)
  if (file === undefined) {
    await writeState(path, Buffer.concat([slotBytes(1, value), Buffer.alloc(SLOT_BYTES, ' ')]))
    return
  }
  try {
    const { buffer } = await file.read(Buffer.alloc(FILE_BYTES), 0, FILE_BYTES, 0)
    const slots = slotsOf(buffer)
    const newest = newestOf(slots)
    const older = newest !== undefined && slots.indexOf(newest) === 0 ? 1 : 0
    const bytes = slotBytes((newest?.number ?? 0) + 1, value)
    try {
      const { bytesWritten } = await file.write(bytes, 0, SLOT_BYTES, older * SLOT_BYTES)
      if (bytesWritten !== SLOT_BYTES) throw Object.assign(new Error('a short write'), { code: 'ENOSPC' })
      await sync(file)
    } catch (error) {
      // It is unknown whether the slot reached the disk. If it counted as the newer one, the next write would overwrite the
      // only slot that certainly did.
      await file.write(Buffer.alloc(SLOT_BYTES, ' '), 0, SLOT_BYTES, older * SLOT_BYTES).catch(() => undefined)
      throw error
    }
  } catch (error) {
    throw explainWrite(error, path)
  } finally {
    await file.close()
  }
}

/** Opens the file if it consists of two slots. */
async function openWhole(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw explainWrite(error, path)
  })
  if (file === undefined || (await file.stat()).size === FILE_BYTES) return file
  await file.close()
  return undefined
}

/** Formats a slot: one line with the hash of what follows, the number of the write and the value as JSON; then spaces. Pure. */
function slotBytes(number: number, value: unknown): Buffer {
  const text = `${number} ${JSON.stringify(value)}`
  const bytes = Buffer.alloc(SLOT_BYTES, ' ')
  const length = bytes.write(`${hashOf(text)} ${text}\n`)
  if (length >= SLOT_BYTES) throw new Error(`a slot holds ${SLOT_BYTES} bytes`)
  return bytes
}

/** Pure. */
function slotsOf(bytes: Buffer): readonly Slot[] {
  return [0, SLOT_BYTES].map(at => slotOf(bytes.subarray(at, at + SLOT_BYTES)))
}

function slotOf(bytes: Buffer): Slot {
  const line = bytes.toString('utf8').trimEnd()
  if (line === '' && bytes.length === SLOT_BYTES) return { state: 'blank', number: 0, json: '' }
  const text = line.slice(HASH_DIGITS + 1)
  const [, number, json = ''] = /^(\d{1,15}) (.*)$/.exec(text) ?? []
  if (number === undefined || line.slice(0, HASH_DIGITS) !== hashOf(text)) return { state: 'torn', number: 0, json: '' }
  return { state: 'whole', number: Number(number), json }
}

function newestOf(slots: readonly Slot[]): Slot | undefined {
  return slots.filter(({ state }) => state === 'whole').toSorted((a, b) => b.number - a.number)[0]
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
