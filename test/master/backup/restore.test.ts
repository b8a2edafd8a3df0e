import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createTarPacker, type TarEntry } from 'modern-tar'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encrypt } from '../../../master/backup/age.ts'
import { checkBackup, type Restored, restoreBackup } from '../../../master/backup/restore.ts'
import { backupOf, part, tarOf } from './archives.ts'
import { chunksOf, collect, refusalOf } from './streams.ts'

const PASSPHRASE = 'some words of salt'
const NOW = Date.parse('2026-11-21T08:00:00Z')

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-restore-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Restores like `master restore`, into `new/`, with the check first. */
async function restored(...entries: readonly TarEntry[]): Promise<Restored> {
  const file = await written(...entries)
  const { needs } = await checkBackup(file, PASSPHRASE)
  return laid(file, needs)
}

async function written(...entries: readonly TarEntry[]): Promise<string> {
  const file = join(directory, 'backup')
  writeFileSync(file, await backupOf(PASSPHRASE, ...entries))
  return file
}

function laid(file: string, needs = { state: 0, fleet: 0 }): Promise<Restored> {
  return restoreBackup({
    file,
    passphrase: PASSPHRASE,
    needs,
    state: join(directory, 'new/state'),
    fleet: join(directory, 'new/fleet'),
    replace: false,
    now: NOW,
    finish: () => undefined,
  })
}

describe('a restore', () => {
  it('a restore writes files, directories and symlinks with their modes', async () => {
    await restored(
      part('state/identity/', { type: 'directory', mode: 0o700 }),
      part('state/identity/root.key', { mode: 0o600 }, 'a key'),
      part('fleet/run', { mode: 0o755 }, '#!/bin/sh'),
      part('fleet/l', { type: 'symlink', linkname: '/nowhere/at/all' }),
    )
    const mode = (path: string): number => lstatSync(join(directory, 'new', path)).mode & 0o777

    expect(readFileSync(join(directory, 'new/state/identity/root.key'), 'utf8')).toBe('a key')
    expect(readlinkSync(join(directory, 'new/fleet/l'))).toBe('/nowhere/at/all')
    expect(['state/identity', 'state/identity/root.key', 'fleet/run', 'fleet'].map(mode)).toEqual([
      0o700, 0o600, 0o755, 0o755,
    ])
  })

  const outside = (): TarEntry => part('fleet/l', { type: 'symlink', linkname: join(directory, 'outside') })
  it.each<{ what: string; hostile: () => readonly TarEntry[] }>([
    { what: 'a path that leads upwards', hostile: () => [part('fleet/../../../outside/x')] },
    { what: 'an absolute path', hostile: () => [part(join(directory, 'outside/x'))] },
    {
      what: 'a hard link',
      hostile: () => [part('fleet/x', { type: 'link', linkname: join(directory, 'outside/mine') })],
    },
    { what: 'a device', hostile: () => [part('fleet/x', { type: 'character-device' })] },
    { what: 'a file below a link', hostile: () => [outside(), part('fleet/l/x')] },
    { what: 'a directory below a link', hostile: () => [outside(), part('fleet/l/x/', { type: 'directory' })] },
    { what: 'a link below a link', hostile: () => [outside(), part('fleet/l/x', { type: 'symlink', linkname: '/' })] },
  ])('a restore rejects $what, both with and without a prior check, and writes nothing', async ({ hostile }) => {
    mkdirSync(join(directory, 'outside'))
    writeFileSync(join(directory, 'outside/mine'), 'mine')
    const file = await written(part('fleet/good'), ...hostile())

    expect(await refusalOf(checkBackup(file, PASSPHRASE))).toMatch(/^BACKUP_UNREADABLE: .*; nothing was changed$/)
    expect(await refusalOf(laid(file))).toMatch(/^BACKUP_UNREADABLE: .*; nothing was changed$/)
    expect(readdirSync(join(directory, 'outside'))).toEqual(['mine'])
    expect(readFileSync(join(directory, 'outside/mine'), 'utf8')).toBe('mine')
    expect(readdirSync(join(directory, 'new'))).toEqual([])
  })

  it.each<{ what: string; twice: () => readonly TarEntry[] }>([
    { what: 'a file over a link', twice: () => [outside(), part('fleet/l')] },
    { what: 'a directory over a link', twice: () => [outside(), part('fleet/l/', { type: 'directory' })] },
    { what: 'a file over a file', twice: () => [part('fleet/x'), part('fleet/x')] },
  ])('a restore rejects $what and writes nothing', async ({ twice }) => {
    mkdirSync(join(directory, 'outside'))

    expect(await refusalOf(restored(...twice()))).toMatch(/^BACKUP_UNREADABLE: .*it contains `fleet\/.` twice/)
    expect(readdirSync(join(directory, 'outside'))).toEqual([])
    expect(readdirSync(join(directory, 'new'))).toEqual([])
  })

  it('a restore without enough disk space is refused before anything is written', async () => {
    const file = await written(part('fleet/x'))

    expect(await refusalOf(laid(file, { state: 1, fleet: 2 ** 60 }))).toMatch(
      /^RESTORE_REFUSED: the backup needs \d+ bytes .*; nothing was changed/,
    )
    expect(readdirSync(join(directory, 'new'))).toEqual([])
  })

  it('a restore rejects a file whose directory is missing from the backup', async () => {
    expect(await refusalOf(restored(part('fleet/a/b')))).toMatch(
      /it contains `fleet\/a\/b`, but not the directory of it/,
    )
    expect(readdirSync(join(directory, 'new'))).toEqual([])
  })

  it('a restore stops at the end of the file when an entry claims a huge size', async () => {
    const { readable, controller } = createTarPacker()
    controller.add({ name: 'fleet/x', size: 2 ** 33 - 1 })
    const { value: header = new Uint8Array() } = await readable.getReader().read()
    const whole = Buffer.concat([(await tarOf()).subarray(0, 1024), header, Buffer.alloc(1_000_000)])
    const file = join(directory, 'backup')
    writeFileSync(file, await collect(encrypt(chunksOf(gzipSync(whole)), PASSPHRASE, 8)))

    expect(await refusalOf(checkBackup(file, PASSPHRASE))).toMatch(/^BACKUP_UNREADABLE: .*complete tar archive/)
    expect(await refusalOf(laid(file))).toMatch(/^BACKUP_UNREADABLE: .*complete tar archive/)
    expect(readdirSync(join(directory, 'new'))).toEqual([])
  })
})

it('the check of a backup returns manifest, settings and the bytes needed for each directory', async () => {
  const file = await written(
    part('settings/master.yml', {}, 'listen: x\n'),
    part('state/a', {}, 'abc'),
    part('state/b', {}, 'de'),
    part('fleet/c', {}, 'f'),
  )
  const { manifest, settings, needs } = await checkBackup(file, PASSPHRASE)

  expect([manifest.minions, settings]).toEqual([3, 'listen: x\n'])
  expect(needs).toMatchObject({ state: 5, fleet: 1 })
})

it.each([
  ['an empty file', '', 'it is not a backup of a master'],
  ['text', 'some text\n', 'it is not a backup of a master'],
  ['a later age format', 'age-encryption.org/v2\n-> ', 'it is not a backup of a master'],
  ['a later format of ours', 'saltern-backup/2\n', 'it has format "2", this master supports format 1'],
  ['the beginning of the first format', 'saltern-backup/1\n', 'it was truncated in its header'],
  ['the beginning of an age file', 'age-encryption.org/v1\n-> scrypt ', 'its header was edited or truncated'],
])('the check of a backup rejects %s', async (_, text, why) => {
  writeFileSync(join(directory, 'backup'), text)

  expect(await refusalOf(checkBackup(join(directory, 'backup'), PASSPHRASE))).toBe(
    `BACKUP_UNREADABLE: the backup cannot be restored: ${why}; nothing was changed`,
  )
})

it('the check of a backup rejects a missing file and a directory', async () => {
  expect(await refusalOf(checkBackup(join(directory, 'none'), PASSPHRASE))).toMatch(/^BACKUP_UNREADABLE: .*ENOENT/)
  expect(await refusalOf(checkBackup(directory, PASSPHRASE))).toMatch(/^BACKUP_UNREADABLE: .*EISDIR/)
})

it('the check of a backup follows a symlink to the file', async () => {
  symlinkSync(await written(part('fleet/x')), join(directory, 'link'))

  expect((await checkBackup(join(directory, 'link'), PASSPHRASE)).manifest.jobs).toBe(2)
  expect(existsSync(join(directory, 'new'))).toBe(false)
})
