import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { atRestKey } from '../../../master/keys/at-rest-key.ts'
import { CAN_MOUNT, SmallDisk } from '../../../scripts/chaos/small-disk.ts'

const FRESH = { random: (size: number) => new Uint8Array(size).fill(7), isNeeded: false, open: () => undefined }

describe.runIf(CAN_MOUNT)('the key of private keys in the store', () => {
  it('the at-rest key is complete or absent when the disk is full at the first start, and created once there is room', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'saltern-at-rest-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const disk = SmallDisk.mount(directory)
    try {
      mkdirSync(join(directory, 'identity'))
      const path = join(directory, 'identity/at-rest.key')
      disk.fill()

      await expect(atRestKey(directory, FRESH)).rejects.toThrow()
      expect(existsSync(path)).toBe(false)

      disk.empty()
      expect(await atRestKey(directory, FRESH)).toEqual(FRESH.random(32))
      expect(new Uint8Array(readFileSync(path))).toEqual(FRESH.random(32))
    } finally {
      disk.unmount()
    }
  })
})
