import { gzipSync } from 'node:zlib'
import { packTar, type TarEntry } from 'modern-tar'
import { encrypt } from '../../../master/backup/age.ts'
import type { Manifest } from '../../../master/backup/entry.ts'
import { chunksOf, collect } from './streams.ts'

export const MANIFEST: Manifest = {
  format: 2,
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

/** Builds a tar archive with a valid manifest and these entries, unlike anything our `pack` would write. */
export async function tarOf(...entries: readonly TarEntry[]): Promise<Buffer> {
  const text = JSON.stringify(MANIFEST)
  const manifest: TarEntry = { header: { name: 'manifest.json', size: text.length }, body: text }
  return Buffer.from(await packTar([manifest, ...entries]))
}

/** The same as a backup file. */
export async function backupOf(passphrase: string, ...entries: readonly TarEntry[]): Promise<Buffer> {
  return collect(encrypt(chunksOf(gzipSync(await tarOf(...entries))), passphrase, 8))
}

/** Builds a file entry with a text, or whatever else the header says. */
export function part(name: string, header: Partial<TarEntry['header']> = {}, body = 'x'): TarEntry {
  const isFile = header.type === undefined || header.type === 'file'
  return { header: { name, size: isFile ? body.length : 0, ...header }, ...(isFile ? { body } : {}) }
}
