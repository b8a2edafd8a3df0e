import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { archiveOf, listDeb, parseSums, sha256, sumsOf } from './archive.ts'
import { openSigner } from './signer.ts'

export interface SigningKey {
  /** A secret OpenPGP key, as `gpg --export-secret-keys` writes it. */
  readonly file: string
  readonly passphraseFile: string | undefined
}

export interface PublishWish {
  /** Packages that were built in a directory beside `out`, on the same file system. */
  readonly debs: readonly string[]
  /** A scratch directory, on the same file system too. */
  readonly work: string
  readonly out: string
  readonly key: SigningKey | undefined
  readonly at: Date
}

const SUMS = 'SHA256SUMS'
const KEYRING = 'saltern-archive-keyring.gpg'
/** What was signed with an old key, or by nobody, must not stay beside new lists. */
const SIGNATURES = [`${SUMS}.gpg`, 'InRelease', 'Release.gpg', KEYRING]

/**
 * Puts packages into `out` with lists of their sums: SHA256SUMS, and the index files of a flat apt repository, each signed
 * when there is a key. Every file appears whole, signatures last; packages of earlier calls stay listed as long as they are
 * what they were. The signing key's fingerprint, or undefined.
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
  for (const path of debs) await rename(path, join(out, basename(path)))
  const names = await readdir(staged)
  const order = [
    ...names.filter(name => !SIGNATURES.includes(name)),
    ...SIGNATURES.filter(name => names.includes(name)),
  ]
  for (const name of order) await rename(join(staged, name), join(out, name))
  return fingerprint
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

/** Packages in `out` that its SHA256SUMS names and that still have that sum, without those that are replaced. */
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
