import { describe, expect, it } from 'vitest'
import { type Entry, type Manifest, type Packed, pack, unpack } from '../../../master/backup/archive.ts'
import { AppError } from '../../../protocol/errors.ts'

const MANIFEST: Manifest = {
  format: 1,
  madeAt: '2026-11-21T08:00:00.000Z',
  version: '0.1.0',
  fleet: '0123456789abcdef0123456789abcdef',
  events: 1,
  jobs: 2,
  minions: 3,
  keys: 4,
  files: 5,
  fleetMode: 0o755,
}

async function* packed(entries: readonly (readonly [Entry, string])[]): AsyncGenerator<Packed> {
  for (const [entry, text] of entries) yield { entry, content: one(text) }
}

async function* one(text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text)
}

async function roundTrip(
  entries: readonly (readonly [Entry, string])[],
): Promise<readonly (readonly [Entry, string])[]> {
  const found: [Entry, string][] = []
  const archive = await unpack(pack(MANIFEST, packed(entries)))
  expect(archive.manifest).toEqual(MANIFEST)
  for await (const { entry, content } of archive.entries) {
    let text = ''
    for await (const chunk of content) text += Buffer.from(chunk).toString()
    found.push([entry, text])
  }
  return found
}

const file = (path: string, size: number): Entry => ({ kind: 'file', root: 'fleet', path, mode: 0o644, size })

describe('an archive', () => {
  it('gives back files, directories and links in their order', async () => {
    const entries = [
      [{ kind: 'directory', root: 'state', path: 'identity', mode: 0o700 }, ''],
      [file('a/b.yml', 5), 'a: 1\n'],
      [file('empty', 0), ''],
      [{ kind: 'link', root: 'fleet', path: 'l', to: 'a/b.yml' }, ''],
    ] as const

    expect(await roundTrip(entries)).toEqual(entries)
  })

  it.each(['../x', '/etc/passwd', 'a/../../x', 'a//b', '.', ''])('refuses the path %j', async path => {
    const outcome = await roundTrip([[file(path, 1), 'x']]).catch((error: unknown) => error)

    expect(outcome).toBeInstanceOf(AppError)
    expect((outcome as AppError).code).toBe('BACKUP_UNREADABLE')
  })

  it('refuses what lies below a link, which could lead anywhere', async () => {
    const link: Entry = { kind: 'link', root: 'fleet', path: 'a/l', to: '/etc' }

    await expect(
      roundTrip([
        [link, ''],
        [file('a/l/cron.d/x', 1), 'x'],
      ]),
    ).rejects.toThrow('below a link')
    expect(
      await roundTrip([
        [link, ''],
        [file('a/l2', 1), 'x'],
      ]),
    ).toHaveLength(2)
  })

  it('refuses content that is shorter than it was said to be', async () => {
    await expect(roundTrip([[file('a', 500), 'short']])).rejects.toThrow('cannot be restored')
  })
})
