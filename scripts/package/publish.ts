import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { syncDirectory } from '../../protocol/durable-file.ts'
import { archiveOf, listDeb, parseSums, sha256, sumsOf } from './archive.ts'
import { openSigner } from './signer.ts'

export interface SigningKey {
  /** A secret OpenPGP key, as written by `gpg --export-secret-keys`. */
  readonly file: string
  readonly passphraseFile: string | undefined
}

export interface PublishWish {
  /** Packages built in a directory beside `out`, on the same file system. */
  readonly debs: readonly string[]
  /** A scratch directory, also on the same file system. */
  readonly work: string
  readonly out: string
  readonly key: SigningKey | undefined
  readonly at: Date
}

const SUMS = 'SHA256SUMS'
const KEYRING = 'saltern-archive-keyring.gpg'
/** Files with an old or missing signature must not stay beside new index files. */
const SIGNATURES = [`${SUMS}.gpg`, 'InRelease', 'Release.gpg', KEYRING]

/**
 * Publishes packages to `out` with checksum files: SHA256SUMS and the index files of a flat apt repository, each signed if
 * there is a key. Every file appears complete, also when this process is killed, signatures last; packages of earlier calls stay listed while they are unchanged.
 * Returns the fingerprint of the signing key, or undefined.
 */
export async function publish({ debs, work, out, key, at }: PublishWish): Promise<string | undefined> {
  const staged = join(work, 'publish')
  await mkdir(staged)
  const earlier = await keptDebs(
    out,
    debs.map(path => basename(path)),
  )
  const listed = await Promise.all([...debs, ...earlier].map(listDeb))
  const lists = new Map<string, Uint8Array>([[SUMS, Buffer.from(sumsOf(listed))], ...archiveOf(listed, at)])
  for (const [name, bytes] of lists) await writeFile(join(staged, name), bytes)
  const fingerprint = key === undefined ? undefined : await signAll(staged, key)
  for (const name of SIGNATURES) await rm(join(out, name), { force: true })
  for (const path of debs) await appear(path, out)
  const names = await readdir(staged)
  const order = [
    ...names.filter(name => !SIGNATURES.includes(name)),
    ...SIGNATURES.filter(name => names.includes(name)),
  ]
  for (const name of order) await appear(join(staged, name), out)
  await syncDirectory(out)
  return fingerprint
}

/** Moves a file to `out`. Its bytes are on disk first, so that it is whole there even after a power cut. */
async function appear(path: string, out: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(path, join(out, basename(path)))
}

async function signAll(directory: string, { file, passphraseFile }: SigningKey): Promise<string> {
  const signer = await openSigner(file, passphraseFile)
  try {
    const at = (name: string): string => join(directory, name)
    await signer.detached(at(SUMS), at(`${SUMS}.gpg`))
    await signer.detached(at('Release'), at('Release.gpg'))
    await signer.clear(at('Release'), at('InRelease'))
    await writeFile(at(KEYRING), signer.publicKey)
    return signer.fingerprint
  } finally {
    await signer.close()
  }
}

/** Lists the packages in `out` that are in its SHA256SUMS and still match it, without those being replaced. */
async function keptDebs(out: string, replaced: readonly string[]): Promise<readonly string[]> {
  const text = await readFile(join(out, SUMS), 'utf8').catch(() => '')
  const kept: string[] = []
  for (const [name, sum] of parseSums(text)) {
    if (replaced.includes(name) || !name.endsWith('.deb')) continue
    const bytes = await readFile(join(out, name)).catch(() => undefined)
    if (bytes !== undefined && sha256(bytes) === sum) kept.push(join(out, name))
  }
  return kept
}
