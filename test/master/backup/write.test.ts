import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { contents, gather } from '../../../master/backup/gather.ts'
import { checkBackup, restoreBackup } from '../../../master/backup/restore.ts'
import { writeBackup } from '../../../master/backup/write.ts'
import { AppError } from '../../../protocol/errors.ts'

const PASSPHRASE = 'some words of salt'
const NOW = Date.parse('2026-11-21T08:00:00Z')

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-backup-'))
  for (const [path, text] of [
    ['state/identity/root.key', 'key'],
    ['state/lock.db', 'of a process'],
    ['fleet/fleet.yml', 'id: x\n'],
  ] as const) {
    mkdirSync(join(directory, path, '..'), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
})
afterEach(() => rmSync(directory, { recursive: true }))

const backup = (copyStore = (target: string): void => writeFileSync(target, 'store')) => {
  return writeBackup({
    file: join(directory, 'backup'),
    passphrase: PASSPHRASE,
    state: join(directory, 'state'),
    fleet: join(directory, 'fleet'),
    settings: undefined,
    fleetId: '0123456789abcdef0123456789abcdef',
    version: '0.1.0',
    now: NOW,
    copyStore: target => {
      copyStore(target)
      return { events: 1, jobs: 2, minions: 3 }
    },
  })
}
const restore = async (replace = false, finish = (): void => undefined) => {
  const file = join(directory, 'backup')
  const { needs } = await checkBackup(file, PASSPHRASE)
  return restoreBackup({
    file,
    passphrase: PASSPHRASE,
    needs,
    state: join(directory, 'new/state'),
    fleet: join(directory, 'new/fleet'),
    replace,
    now: NOW,
    finish,
  })
}

it('a backup contains state and fleet with their modes, and no runtime files of a process', async () => {
  const { manifest } = await backup()
  await restore()

  expect(manifest).toMatchObject({ keys: 1, files: 1, minions: 3 })
  expect(readdirSync(join(directory, 'new/state')).sort()).toEqual(['identity', 'saltern.db'])
  expect(readFileSync(join(directory, 'new/fleet/fleet.yml'), 'utf8')).toBe('id: x\n')
  const mode = (name: string): number => statSync(join(directory, name)).mode & 0o777
  expect([mode('backup'), mode('new/state')]).toEqual([0o600, 0o700])
  expect(mode('new/fleet')).toBe(mode('fleet'))
})

it('a backup removes its temporary files even when it fails, and those a killed one left a day ago', async () => {
  const [old, young] = ['state/.backup-old', 'state/.backup-young'].map(name => join(directory, name))
  if (old === undefined || young === undefined) throw new TypeError('two names')
  for (const path of [old, young]) mkdirSync(path)
  utimesSync(old, NOW / 1000 - 90_000, NOW / 1000 - 90_000)
  utimesSync(young, NOW / 1000 - 60, NOW / 1000 - 60)
  const full = (): never => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' })
  }

  await expect(backup(full)).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
  await backup()

  expect(readdirSync(join(directory, 'state')).sort()).toEqual(['.backup-young', 'identity', 'lock.db'])
  expect(existsSync(old)).toBe(false)
})

it('a backup skips a file that was deleted after it was listed', async () => {
  const all = await gather(join(directory, 'fleet'), 'fleet')
  rmSync(join(directory, 'fleet/fleet.yml'))
  const found: string[] = []
  for await (const { entry } of contents(all)) found.push(entry.path)

  expect(all.map(({ entry }) => entry.path)).toEqual(['fleet.yml'])
  expect(found).toEqual([])
})

it('a restore onto existing directories is refused, and with `replace` they are moved aside', async () => {
  await backup()
  mkdirSync(join(directory, 'new/state'), { recursive: true })
  writeFileSync(join(directory, 'new/state/mine'), 'mine')

  await expect(restore()).rejects.toThrow(AppError)
  expect(existsSync(join(directory, 'new/fleet'))).toBe(false)
  const { aside } = await restore(true)

  expect(aside).toEqual([join(directory, 'new/state.before-20261121T080000')])
  expect(readFileSync(join(aside[0] ?? '', 'mine'), 'utf8')).toBe('mine')
})

it('a restore that fails in its last step leaves everything unchanged', async () => {
  await backup()
  const failing = (): never => {
    throw new Error('no')
  }

  await expect(restore(false, failing)).rejects.toThrow('no')
  expect(readdirSync(join(directory, 'new'))).toEqual([])
})
