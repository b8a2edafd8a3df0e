import { createHash, hash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { setImmediate as immediate } from 'node:timers/promises'
import { bytesOfText, textOfBytes } from '../../protocol/byte-text.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { revealText, Secret } from '../../protocol/secret.ts'
import { openToLook } from '../../protocol/trusted-directory.ts'
import type { FileStatus, SystemReader } from '../../states/system.ts'
import { type AccountTable, accountTable } from './account-table.ts'
import type { AppliedValues } from './applied-values.ts'
import { blobContent } from './blob-content.ts'
import { LocalFiles } from './local-files.ts'
import { packageTable } from './package-table.ts'
import { parseUnit, UNIT_PROPERTIES } from './parse-status.ts'
import { spawnProgram } from './spawn.ts'
import { kernelWords } from './write-atomic.ts'

/** Largest file, or blob, that is read as text. */
export const LARGEST_TEXT = 1024 * 1024
/** Longest time in milliseconds that synchronous looks keep timers and the link waiting. */
const TURN_MS = 10
/** Others change directories and mounts too: what is known of them is not older than this, in milliseconds. */
const KNOWN_MS = 100
const QUERY_MS = 120_000
const ABSENT = ['ENOENT', 'ENOTDIR']

/** Reads the real host and caches some of what it finds. */
export interface HostReader extends SystemReader {
  /** Drops what is cached of directories and mounts; called after every change but the next. */
  forgetPaths(): void
  /** Called after a file was written. */
  fileReplaced(): void
  /** See LocalFiles.place. */
  localPlace(path: string): Promise<string | undefined>
  /** Drops cached accounts and packages; called after every change that may touch them. */
  forgetAccounts(): void
  /** See AccountTable.find. */
  readonly account: AccountTable['find']
}

/** Creates a reader. `blobPath` returns the path of a blob of the current catalog. */
export function hostReader(
  applied: AppliedValues,
  signal: () => AbortSignal | undefined,
  blobPath: (hash: Sha256) => string,
): HostReader {
  const run: HostReader['query'] = (argv, options) => {
    return spawnProgram(argv, { timeoutMs: QUERY_MS, ...options, signal: signal() })
  }
  const packages = packageTable(run)
  const local = new LocalFiles()
  let known = performance.now()
  const turn = turnEvery(TURN_MS, () => {
    if (performance.now() - known < KNOWN_MS) return
    local.forget()
    known = performance.now()
  })
  const accounts = accountTable(run)
  return {
    forgetPaths: () => local.forget(),
    fileReplaced: () => local.fileReplaced(),
    async localPlace(path) {
      await turn()
      return local.place(path)
    },
    forgetAccounts() {
      packages.forget()
      accounts.forget()
    },
    account: look => accounts.find(look),
    async stat(path) {
      await turn()
      const found = local.status(path)
      if (found === 'absent') return undefined
      const looked = found ?? (await lookAt(path))
      return looked === undefined ? undefined : describeStatus(looked, accounts)
    },
    async sha256(path) {
      await turn()
      return local.sha256(path) ?? hashFile(path)
    },
    async readText(path) {
      await turn()
      const content = local.content(path)
      return content === undefined ? readText(path) : textOfBytes(content)
    },
    query: run,
    applied: (key, value) => applied.matches(key, value),
    async list(path) {
      return orAbsent(path, async () => (await readdir(path)).sort())
    },
    packageStatus: name => packages.status(name),
    async unitStatus(unit) {
      const { exitCode, stdout, stderr } = await run(['systemctl', 'show', `--property=${UNIT_PROPERTIES}`, '--', unit])
      if (exitCode === 0) return parseUnit(stdout, Number(process.hrtime.bigint() / 1_000_000n))
      throw new AppError({
        code: 'SYSTEMD_UNREACHABLE',
        message: `systemctl cannot show \`${unit}\`: ${stderr.trim()}`,
        hint: 'Check systemd on that host: `systemctl status`.',
      })
    },
    user: name => accounts.find(({ users }) => users.get(name)),
    group: name => accounts.find(({ groups }) => groups.get(name)),
    digest(content) {
      if (typeof content === 'string' || content instanceof Secret) {
        return hash('sha256', bytesOfText(revealText(content))) as Sha256
      }
      return content.blob
    },
    plainText: async content => {
      if (typeof content === 'string') return content
      if (content.size > LARGEST_TEXT) throw tooLargeForText('the content', content.size)
      const pieces: Uint8Array[] = []
      for await (const piece of blobContent(blobPath(content.blob), content.blob)) pieces.push(Uint8Array.from(piece))
      return textOfBytes(Buffer.concat(pieces))
    },
  }
}

interface Look {
  readonly stats: Stats
  /** Only of a symbolic link. */
  readonly target?: string
}

async function lookAt(path: string): Promise<Look | undefined> {
  return orAbsent(path, async () => {
    const stats = await lstat(path)
    return stats.isSymbolicLink() ? { stats, target: await readlink(path) } : { stats }
  })
}

async function describeStatus({ stats, target }: Look, accounts: AccountTable): Promise<FileStatus> {
  const { uid, gid, size } = stats
  const common = {
    mode: (stats.mode & 0o7777).toString(8).padStart(4, '0'),
    uid,
    gid,
    owner: (await accounts.find(({ userNames }) => userNames.get(uid))) ?? String(uid),
    group: (await accounts.find(({ groupNames }) => groupNames.get(gid))) ?? String(gid),
    size,
  }
  if (target !== undefined) return { ...common, kind: 'symlink', target }
  return { ...common, kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other' }
}

/** Waits for a turn of the event loop when the last one was that long ago. */
function turnEvery(ms: number, onTurn: () => void): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < ms) return
    await immediate()
    onTurn()
    last = performance.now()
  }
}

async function hashFile(path: string): Promise<Sha256 | undefined> {
  return orAbsent(path, async () => {
    const file = await openToLook(path)
    try {
      const status = await file.stat()
      if (!status.isFile()) return undefined
      const digest = createHash('sha256')
      for await (const chunk of file.createReadStream({ autoClose: false, start: 0 })) digest.update(chunk as Buffer)
      return digest.digest('hex') as Sha256
    } finally {
      await file.close()
    }
  })
}

async function readText(path: string): Promise<string | undefined> {
  return orAbsent(path, async () => {
    const file = await openToLook(path)
    try {
      const status = await file.stat()
      if (!status.isFile()) return undefined
      const { size } = status
      if (size > LARGEST_TEXT) {
        throw tooLargeForText(`\`${path}\``, size)
      }
      return textOfBytes(await file.readFile())
    } finally {
      await file.close()
    }
  })
}

function tooLargeForText(what: string, size: number): AppError {
  return new AppError({
    code: 'FILE_TOO_LARGE',
    message: `${what} has ${size} bytes, at most ${LARGEST_TEXT} are read as text`,
  })
}

async function orAbsent<T>(path: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== undefined && (ABSENT.includes(code) || code === 'EISDIR')) return undefined
    const words = kernelWords(error)
    if (words === undefined) throw error
    throw new AppError(
      {
        code: 'FILE_UNREADABLE',
        message: `cannot inspect \`${path}\`: ${code === 'ELOOP' ? 'its symbolic links form a loop' : words}`,
        hint: `Run \`namei -l ${path}\` to check the links and modes along the path.`,
      },
      { cause: error },
    )
  }
}
