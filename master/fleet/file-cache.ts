import { createHash } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { FileOnDisk } from '../../protocol/catalog.ts'
import type { Problem } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { encodingProblem } from '../yaml/encoding.ts'
import { type FoundFile, unreadableFile } from './walk.ts'

/** Content of a file: its bytes, only its hash if it is large, or a problem. */
export type FileContent =
  | { readonly kind: 'held'; readonly bytes: Uint8Array }
  | { readonly kind: 'large'; readonly file: FileOnDisk }
  | { readonly kind: 'broken'; readonly problem: Problem }

/** Reads files, and reads them again only if they may have changed: unchanged content is the same object. */
export interface FileCache {
  read(found: FoundFile): Promise<FileContent>
  /** Drops files that are not among these real paths. */
  keep(real: ReadonlySet<string>): void
}

/** Called for each file that is read, for tests and measurements. */
export type OnRead = (path: string, bytes: number) => void

interface Entry {
  readonly mark: string
  /** True when the file was modified so shortly before the read that a later change might not change its mark. */
  readonly isRacy: boolean
  readonly content: FileContent
}

/** Larger files are accepted only below `files/` of a role. */
const LARGEST_HELD_BYTES = 1024 * 1024
const STATIC_FILE = /^roles\/[^/]+\/files\//
/** Files that are read as text; others are copied, or not inspected. */
const TEXT_FILE = /^(?:[^/]+\.yml|(?:pillar|runbooks)\/.*\.yml|roles\/[^/]+\/(?:(?:role|states)\.yml|templates\/.*))$/s
/** File system timestamps can have a resolution of up to two seconds. */
const RACY_MS = 2_000
const PIECE_BYTES = 256 * 1024

/** Creates a cache. `now`: milliseconds since 1970, by the clock of the file system. */
export function createFileCache(now: () => number, onRead: OnRead = () => undefined): FileCache {
  const entries = new Map<string, Entry>()
  /** By mark, so that concurrent verbs hash the same new large file only once. */
  const hashing = new Map<string, Promise<FileContent>>()

  const readFresh = async (found: FoundFile): Promise<FileContent> => {
    const { path, real, status } = found
    const isStatic = STATIC_FILE.test(path)
    const limit = isStatic ? LIMITS.fileBytes : LARGEST_HELD_BYTES
    if (status.size > limit) return { kind: 'broken', problem: oversize(found, limit) }
    const before = now()
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      const opened = await file.stat({ bigint: true })
      const size = Number(opened.size)
      if (size > limit) return { kind: 'broken', problem: oversize({ ...found, status: opened }, limit) }
      onRead(path, size)
      const fresh: FileContent =
        isStatic && size > LIMITS.heldFileBytes
          ? { kind: 'large', file: { path: real, size, sha256: await hashOf(file) } }
          : heldOrBroken(path, await file.readFile())
      const content = sameAs(entries.get(real)?.content, fresh)
      const touched = Math.max(Number(opened.mtimeMs), Number(opened.ctimeMs))
      entries.set(real, { mark: markOf(opened), isRacy: touched > before - RACY_MS, content })
      return content
    } finally {
      await file.close()
    }
  }
  return {
    async read(found) {
      const mark = markOf(found.status)
      const known = entries.get(found.real)
      if (known !== undefined && known.mark === mark && !known.isRacy) return known.content
      const key = `${found.path} ${mark}`
      try {
        // Only for large files: a small one may have changed since a concurrent read began.
        if (found.status.size <= LIMITS.heldFileBytes || known?.isRacy === true) return await readFresh(found)
        const reading = hashing.get(key) ?? readFresh(found).finally(() => hashing.delete(key))
        hashing.set(key, reading)
        return await reading
      } catch (cause) {
        return { kind: 'broken', problem: unreadableFile(found.real, cause as NodeJS.ErrnoException) }
      }
    },
    keep(real) {
      for (const path of entries.keys()) if (!real.has(path)) entries.delete(path)
    },
  }
}

function heldOrBroken(path: string, bytes: Uint8Array): FileContent {
  const problem = TEXT_FILE.test(path) ? encodingProblem(bytes, path) : undefined
  return problem === undefined ? { kind: 'held', bytes } : { kind: 'broken', problem }
}

/** A fingerprint that changes with the file, even if a file of the same size and time replaces it. */
function markOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

function sameAs(known: FileContent | undefined, fresh: FileContent): FileContent {
  if (known?.kind === 'held' && fresh.kind === 'held') {
    return Buffer.compare(known.bytes, fresh.bytes) === 0 ? known : fresh
  }
  if (known?.kind === 'large' && fresh.kind === 'large') return known.file.sha256 === fresh.file.sha256 ? known : fresh
  return fresh
}

async function hashOf(file: FileHandle): Promise<Sha256> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(PIECE_BYTES)
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return hash.digest('hex') as Sha256
    position += bytesRead
    hash.update(buffer.subarray(0, bytesRead))
  }
}

function oversize({ real, path, status }: FoundFile, limit: number): Problem {
  return {
    code: 'SOURCE_TOO_LARGE',
    message: `\`${real}\` has ${status.size} bytes, at most ${limit} are allowed`,
    hint: STATIC_FILE.test(path)
      ? 'Let minions fetch it with `file.downloaded`, or split it.'
      : 'Put large content below `files/` of a role, where it is sent unchanged.',
  }
}
