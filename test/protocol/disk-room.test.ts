import { expect, it } from 'vitest'
import { explainWrite } from '../../minion/system/write-atomic.ts'
import { hintFor, isDiskFull, roomHint } from '../../protocol/disk-room.ts'

it('the hint for a full disk names `df -i` when inodes are exhausted, and otherwise `df -h`', () => {
  expect(hintFor('/srv', { bavail: 1000, files: 10, ffree: 0 })).toContain('`df -i /srv`')
  expect(hintFor('/srv', { bavail: 0, files: 10, ffree: 5 })).toBe('Free some space: `df -h /srv`.')
  expect(hintFor('/srv', { bavail: 0, files: 0, ffree: 0 })).toBe('Free some space: `df -h /srv`.')
  expect(hintFor('/srv', undefined)).toBe('Free some space: `df -h /srv`.')
})

it('the hint for a full disk queries the filesystem and still works when that fails', () => {
  expect(roomHint('/srv', () => ({ bavail: 1, files: 1, ffree: 0 }))).toContain('`df -i /srv`')
  expect(roomHint('/there/is/no/such/directory')).toContain('`df -h /there/is/no/such/directory`')
})

it('the error of a write to a full disk contains the hint', () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })

  expect(isDiskFull(full)).toBe(true)
  expect(isDiskFull(new Error('another'))).toBe(false)
  expect(explainWrite(full, '/proc/file')).toMatchObject({
    code: 'DISK_FULL',
    problems: [{ hint: expect.stringMatching(/`df -[hi] \/proc`/) }],
  })
})
