import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'

/** A package, as described in index files. */
export interface ListedDeb {
  readonly name: string
  readonly size: number
  readonly sha256: string
  /** Its control file, as `dpkg-deb --field` prints it. */
  readonly control: string
}

export async function listDeb(path: string): Promise<ListedDeb> {
  const bytes = await readFile(path)
  const { stdout } = await execa('dpkg-deb', ['--field', path])
  return { name: basename(path), size: bytes.length, sha256: sha256(bytes), control: stdout.trim() }
}

/** Formats checksums for `sha256sum --check`, sorted by name. Pure. */
export function sumsOf(files: readonly { readonly name: string; readonly sha256: string }[]): string {
  return files
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, sha256 }) => `${sha256}  ${name}\n`)
    .join('')
}

/** Parses a SHA256SUMS file into names and sums; ignores other lines. Pure. */
export function parseSums(text: string): ReadonlyMap<string, string> {
  const lines = [...text.matchAll(/^([0-9a-f]{64}) {2}([A-Za-z0-9][A-Za-z0-9._+~-]*)$/gm)]
  return new Map(lines.map(([, sum = '', name = '']) => [name, sum]))
}

/** Builds the index files of a flat apt repository, by name: `Packages`, `Packages.gz`, and a `Release` with their sums. Pure. */
export function archiveOf(debs: readonly ListedDeb[], at: Date): ReadonlyMap<string, Uint8Array> {
  const entries = debs
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, size, sha256, control }) => `${control}\nFilename: ./${name}\nSize: ${size}\nSHA256: ${sha256}\n`)
  const packages = Buffer.from(entries.join('\n'))
  const indexes = new Map<string, Uint8Array>([
    ['Packages', packages],
    ['Packages.gz', gzipSync(packages, { level: 9 })],
  ])
  const sums = [...indexes].map(([name, bytes]) => ` ${sha256(bytes)} ${bytes.length} ${name}`)
  const architectures = [...new Set(debs.map(({ control }) => /^Architecture: (\S+)$/m.exec(control)?.[1] ?? 'all'))]
  const release = [
    'Origin: Saltern',
    'Label: Saltern',
    'Suite: stable',
    `Architectures: ${architectures.sort().join(' ')}`,
    `Date: ${at.toUTCString().replace('GMT', 'UTC')}`,
    'SHA256:',
    ...sums,
    '',
  ]
  return new Map([...indexes, ['Release', Buffer.from(release.join('\n'))]])
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
