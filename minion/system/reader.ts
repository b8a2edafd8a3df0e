import { createHash } from 'node:crypto'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { bytesOfText, textOfBytes } from '../../protocol/byte-text.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { revealText, Secret } from '../../protocol/secret.ts'
import { openToLook } from '../../protocol/trusted-directory.ts'
import type { FileStatus, SystemReader } from '../../states/system.ts'
import { type Accounts, parseAccounts } from './accounts.ts'
import type { AppliedValues } from './applied-values.ts'
import { blobContent } from './blob-content.ts'
import { packageTable } from './package-table.ts'
import { parseUnit, UNIT_PROPERTIES } from './parse-status.ts'
import { spawnProgram } from './spawn.ts'
import { kernelWords } from './write-atomic.ts'

/** A file smaller than this is hashed with a single read. */
const READ_AT_ONCE = 16 * 1024
/** Largest file, or blob, that is read as text. */
export const LARGEST_TEXT = 1024 * 1024
const QUERY_MS = 120_000
const ABSENT = ['ENOENT', 'ENOTDIR']

/** Reads the real host and caches results until `forget` is called. */
export interface HostReader extends SystemReader {
  /** Drops the cache; called after every change. */
  forget(): void
  accounts(): Promise<Accounts>
}

/** Creates a reader. `blobPath` returns the path of a blob of the current catalog. */
export function hostReader(
  applied: AppliedValues,
  signal: () => AbortSignal | undefined,
  blobPath: (hash: Sha256) => string,
): HostReader {
  let accounts: Promise<Accounts> | undefined
  const run: HostReader['query'] = (argv, options) => {
    return spawnProgram(argv, { timeoutMs: QUERY_MS, ...options, signal: signal() })
  }
  const packages = packageTable(run)
  const accountsNow = async (): Promise<Accounts> => {
    accounts ??= Promise.all([run(['getent', 'passwd']), run(['getent', 'group'])])
      .then(([passwd, group]) => parseAccounts(passwd.stdout, group.stdout))
      .catch((error: unknown) => {
        // Read again after a failure.
        accounts = undefined
        throw error
      })
    return accounts
  }
  return {
    forget() {
      packages.forget()
      accounts = undefined
    },
    accounts: accountsNow,
    stat: async path => statusOf(path, await accountsNow()),
    sha256: hashFile,
    readText,
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
    user: async name => (await accountsNow()).users.get(name),
    group: async name => (await accountsNow()).groups.get(name),
    digest(content) {
      if (typeof content === 'string' || content instanceof Secret) {
        return createHash('sha256')
          .update(bytesOfText(revealText(content)))
          .digest('hex') as Sha256
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

async function statusOf(path: string, accounts: Accounts): Promise<FileStatus | undefined> {
  return orAbsent(path, async () => {
    const status = await lstat(path)
    const kind = status.isFile()
      ? 'file'
      : status.isDirectory()
        ? 'directory'
        : status.isSymbolicLink()
          ? 'symlink'
          : 'other'
    const common = {
      kind,
      mode: (status.mode & 0o7777).toString(8).padStart(4, '0'),
      uid: status.uid,
      gid: status.gid,
      owner: accounts.userNames.get(status.uid) ?? String(status.uid),
      group: accounts.groupNames.get(status.gid) ?? String(status.gid),
      size: status.size,
    } as const
    return kind === 'symlink' ? { ...common, target: await readlink(path) } : common
  })
}

async function hashFile(path: string): Promise<Sha256 | undefined> {
  return orAbsent(path, async () => {
    const file = await openToLook(path)
    try {
      const status = await file.stat()
      if (!status.isFile()) return undefined
      const hash = createHash('sha256')
      if (status.size < READ_AT_ONCE) {
        // A read that does not fill the buffer has reached the end of the file.
        const buffer = Buffer.allocUnsafe(READ_AT_ONCE)
        const { bytesRead } = await file.read(buffer, 0, READ_AT_ONCE, 0)
        if (bytesRead < READ_AT_ONCE) return hash.update(buffer.subarray(0, bytesRead)).digest('hex') as Sha256
      }
      for await (const chunk of file.createReadStream({ autoClose: false, start: 0 })) hash.update(chunk as Buffer)
      return hash.digest('hex') as Sha256
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
