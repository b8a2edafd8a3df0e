import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createFleetReader, type FleetReader } from '../../../master/fleet/snapshot.ts'
import { sha256Of } from '../../../protocol/catalog.ts'

let directory: string
let read: string[]
/** Added to the clock: one hour ahead, so no file counts as just modified. */
let later: number

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saltern-fleet-reader-'))
  read = []
  later = 0
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

async function lay(files: { readonly [path: string]: string | Uint8Array }): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), content)
  }
}

async function openReader(): Promise<FleetReader> {
  await mkdir(join(directory, 'bundled/roles'), { recursive: true })
  return createFleetReader(join(directory, 'fleet'), join(directory, 'bundled/roles'), {
    now: () => Date.now() + later,
    onRead: path => void read.push(path),
  })
}

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)

it.each([10, 20, 40])(
  'a fleet of %i files is read once per file, and after an edit only the edited file is read',
  async files => {
    later = 3_600_000
    const paths = Array.from({ length: files }, (_, index) => `fleet/roles/app/files/f${index}`)
    await lay({ 'fleet/fleet.yml': 'id', ...Object.fromEntries(paths.map(path => [path, path])) })
    const reader = await openReader()

    const first = await reader.read()
    expect(read).toHaveLength(files + 1)
    const second = await reader.read()
    expect(second).toBe(first)
    await lay({ 'fleet/roles/app/files/f3': 'edited' })
    const third = await reader.read()

    expect(read.slice(files + 1)).toEqual(['roles/app/files/f3'])
    expect(text(third.files.get('roles/app/files/f3'))).toBe('edited')
    expect(third.revision).not.toBe(first.revision)
    expect(third.files.get('fleet.yml')).toBe(first.files.get('fleet.yml'))
  },
)

it('the fleet reader detects a file replaced by one of the same size and time', async () => {
  later = 3_600_000
  await lay({ 'fleet/fleet.yml': 'id', 'fleet/inventory.yml': 'old', other: 'new' })
  await utimes(join(directory, 'other'), 1_000, 1_000)
  await utimes(join(directory, 'fleet/inventory.yml'), 1_000, 1_000)
  const reader = await openReader()
  await reader.read()

  await rename(join(directory, 'other'), join(directory, 'fleet/inventory.yml'))

  expect(text((await reader.read()).files.get('inventory.yml'))).toBe('new')
})

it('the fleet reader reads a recently modified file again and treats equal content as the same fleet', async () => {
  await lay({ 'fleet/fleet.yml': 'id' })
  const reader = await openReader()

  const first = await reader.read()
  const second = await reader.read()
  later = 3_600_000
  const third = await reader.read()
  const fourth = await reader.read()

  expect(read).toEqual(['fleet.yml', 'fleet.yml', 'fleet.yml'])
  expect([second, third, fourth].every(fleet => fleet === first)).toBe(true)
})

it('the fleet reader detects files that are added, removed or replaced by a directory', async () => {
  later = 3_600_000
  await lay({ 'fleet/fleet.yml': 'id', 'fleet/pillar/a.yml': 'a' })
  const reader = await openReader()
  await reader.read()

  await lay({ 'fleet/pillar/b.yml': 'b' })
  expect([...(await reader.read()).files.keys()]).toEqual(['fleet.yml', 'pillar/a.yml', 'pillar/b.yml'])
  await rm(join(directory, 'fleet/pillar/a.yml'))
  await lay({ 'fleet/pillar/a.yml/c.yml': 'c' })
  expect([...(await reader.read()).files.keys()]).toEqual(['fleet.yml', 'pillar/a.yml/c.yml', 'pillar/b.yml'])
})

it('the fleet reader keeps only hash and size of a large role file, and hashes it once', async () => {
  later = 3_600_000
  const bytes = randomBytes(300 * 1024)
  await lay({ 'fleet/fleet.yml': 'id', 'fleet/roles/app/files/large': bytes })
  const reader = await openReader()

  const fleets = [await reader.read(), await reader.read()]

  expect(read).toEqual(['fleet.yml', 'roles/app/files/large'])
  expect(fleets[1]?.files.has('roles/app/files/large')).toBe(false)
  expect(fleets[1]?.large.get('roles/app/files/large')).toMatchObject({ sha256: sha256Of(bytes), size: bytes.length })
})

it('the fleet reader rejects a file that is too large, a symlink out of the fleet or not a regular file, and returns the others', async () => {
  await lay({ 'fleet/fleet.yml': 'id', 'fleet/roles/app/states.yml': 'a: b', 'fleet/roles/app/files/huge': '' })
  await lay({ 'fleet/roles/app/templates/t.hbs': '', 'fleet/roles/loop/x': '' })
  await truncate(join(directory, 'fleet/roles/app/files/huge'), 1024 ** 3 + 1)
  await truncate(join(directory, 'fleet/roles/app/templates/t.hbs'), 1024 ** 2 + 1)
  await symlink('/etc/passwd', join(directory, 'fleet/roles/app/files/out'))
  await symlink('..', join(directory, 'fleet/roles/loop/back'))
  await symlink('/dev/null', join(directory, 'fleet/pillar'))

  const { files, broken } = await (await openReader()).read()

  expect([...files.keys()]).toEqual(['fleet.yml', 'roles/app/states.yml', 'roles/loop/x'])
  expect([...broken].map(([path, { code }]) => `${path} ${code}`).sort()).toEqual([
    'pillar FLEET_UNREADABLE',
    'roles/app/files/huge SOURCE_TOO_LARGE',
    'roles/app/files/out FLEET_UNREADABLE',
    'roles/app/templates/t.hbs SOURCE_TOO_LARGE',
    'roles/loop/back FLEET_UNREADABLE',
  ])
  expect((await stat(join(directory, 'fleet/roles/app/files/huge'))).size).toBe(1024 ** 3 + 1)
})

it('a bundled role does not replace an own role that cannot be read', async () => {
  await lay({
    'fleet/fleet.yml': 'id',
    'bundled/roles/base/states.yml': 'bundled',
    'bundled/roles/web/states.yml': 'w',
  })
  await mkdir(join(directory, 'fleet/roles/base'), { recursive: true })
  await symlink('/dev/null', join(directory, 'fleet/roles/base/states.yml'))

  const { files, broken } = await (await openReader()).read()

  expect([...files.keys()]).toEqual(['fleet.yml', 'roles/web/states.yml'])
  expect([...broken.keys()]).toEqual(['roles/base/states.yml'])
})
