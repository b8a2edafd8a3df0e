import { X509Certificate } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../protocol/errors.ts'
import { loadMasterIdentity, type MasterIdentity } from '../../keys/master-identity.ts'
import type { CertificateFacts } from '../certificates.ts'
import type { Fact } from '../check.ts'
import type { FileFact, StateFacts } from '../state-files.ts'
import { bounded } from './bounded.ts'

/** File of the state directory with the time of the last `master backup`. */
export const LAST_BACKUP = 'last-backup'
const FILES_MS = 4000
/** What only the user of the daemon may read. */
const PRIVATE = 0o077

/** The state directory as it is on disk. */
export interface FoundState {
  readonly state: StateFacts
  readonly certificates: Fact<CertificateFacts>
  /** The certificate with which this master listens. */
  readonly tls: X509Certificate | undefined
}

/** Looks at owners and modes, and loads the identity. `others`: files and directories that users may read but not change. */
export async function lookAtState(
  directory: string,
  others: readonly Pick<FileFact, 'path' | 'forbidden'>[],
): Promise<FoundState> {
  const owner = await stat(directory).then(
    ({ uid }) => uid,
    () => 0,
  )
  const files = await bounded(FILES_MS, async () => {
    const own = await privateFiles(directory)
    if (own === undefined) return undefined
    const found = await Promise.all([...own, ...others].map(factOf))
    return found.filter(fact => fact !== undefined)
  })
  const readable = 'value' in files && files.value !== undefined
  const loaded = readable ? await bounded(FILES_MS, () => loadMasterIdentity(directory).catch(problemOf)) : undefined
  const identity = loaded !== undefined && 'value' in loaded ? loaded.value : undefined
  const isLoaded = identity !== undefined && 'tls' in identity
  const problem = identity === undefined || 'tls' in identity ? undefined : identity
  return {
    state: { directory, files, owner, ...(problem === undefined || problem.isMode ? {} : { identity: problem }) },
    certificates: isLoaded
      ? { value: validityOf(identity, directory) }
      : { unknown: readable ? 'the identity does not load' : `you may not read ${directory}` },
    tls: isLoaded ? new X509Certificate(identity.tls.cert) : undefined,
  }
}

/** Reads when `master backup` last wrote a backup. */
export function lastBackup(directory: string): Promise<Fact<number | undefined>> {
  return bounded(FILES_MS, async () => {
    const text = await readFile(join(directory, LAST_BACKUP), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const at = Date.parse(text.trim())
    return Number.isNaN(at) ? undefined : at
  })
}

/** Lists what only the daemon may read; undefined without a state directory. */
async function privateFiles(directory: string): Promise<readonly Pick<FileFact, 'path' | 'forbidden'>[] | undefined> {
  const top = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (top === undefined) return undefined
  const below = await Promise.all(
    ['identity', 'pillar'].map(async name => {
      const names = top.includes(name) ? await readdir(join(directory, name)) : []
      return names.map(file => join(directory, name, file))
    }),
  )
  const kept = ['identity', 'pillar', 'recordings', 'blobs'].filter(name => top.includes(name))
  const store = top.filter(name => /^saltern\.db(-wal|-shm)?$/.test(name))
  const paths = [directory, ...[...kept, ...store].map(name => join(directory, name)), ...below.flat()]
  return paths.map(path => ({ path, forbidden: PRIVATE }))
}

/** Undefined: it does not exist. */
async function factOf({ path, forbidden }: Pick<FileFact, 'path' | 'forbidden'>): Promise<FileFact | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return found === undefined ? undefined : { path, forbidden, mode: found.mode & 0o7777, uid: found.uid }
}

interface LoadProblem {
  readonly message: string
  readonly hint?: string
  /** The check of modes shows it. */
  readonly isMode: boolean
}

function problemOf(thrown: unknown): LoadProblem {
  if (!(thrown instanceof AppError)) throw thrown
  const { message, hint } = thrown.problems[0] ?? { message: thrown.message }
  return { message, isMode: thrown.code === 'IDENTITY_UNSAFE', ...(hint === undefined ? {} : { hint }) }
}

function validityOf({ certificate, tls }: MasterIdentity, directory: string): CertificateFacts {
  const { validFromDate, validToDate } = new X509Certificate(tls.cert)
  return {
    master: { notBefore: certificate.notBefore, notAfter: certificate.notAfter },
    tls: { notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() },
    directory: join(directory, 'identity'),
  }
}
