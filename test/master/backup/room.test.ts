import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { refuseNoRoom } from '../../../master/backup/room.ts'
import { refusalOf } from './streams.ts'

const directory = mkdtempSync(join(tmpdir(), 'saltern-room-'))
afterAll(() => rmSync(directory, { recursive: true }))
const both = { state: directory, fleet: directory }

it('the disk space check passes when there is room for what a restore writes', async () => {
  expect(await refusalOf(refuseNoRoom(both, { state: 1000, fleet: 1000 }))).toBe('done')
})

it('the disk space check adds up two directories of one filesystem', async () => {
  const { bavail, bsize } = statfsSync(directory)
  const most = Math.floor(bavail * bsize * 0.7)

  expect(await refusalOf(refuseNoRoom(both, { state: most, fleet: 0 }))).toBe('done')
  expect(await refusalOf(refuseNoRoom(both, { state: most, fleet: most }))).toContain(
    `RESTORE_REFUSED: the backup needs ${2 * most} bytes in the file system of \`${directory}\``,
  )
})
