import type { Sha256 } from '../protocol/ids.ts'
import type { MaybeSecret } from '../protocol/secret.ts'
import type { Action, Content, PlainContent } from './action.ts'

/** Status of a path itself; symbolic links are not followed (lstat). */
export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  /** Four octal digits. */
  readonly mode: string
  readonly uid: number
  readonly gid: number
  /** Name of the owner, or the uid as text when it has no name. */
  readonly owner: string
  readonly group: string
  readonly size: number
  /** Only for a symlink. */
  readonly target?: string
}

export interface ProgramResult {
  /** 128 if a signal ended it. */
  readonly exitCode: number
  /** The signal that ended it, such as `SIGSEGV`; undefined when it exited by itself. */
  readonly signal?: string
  readonly stdout: string
  readonly stderr: string
}

export interface QueryOptions {
  readonly stdin?: MaybeSecret
  readonly user?: string
  readonly cwd?: string
  readonly env?: { readonly [name: string]: MaybeSecret }
  /** Timeout in milliseconds; default 120 s. */
  readonly timeoutMs?: number
}

/** A package as known to dpkg; absent from the map when dpkg does not know it. */
export interface PackageStatus {
  readonly version: string
  /** `installed`, `config-files` when removed but not purged, or `broken` when half installed. */
  readonly status: 'installed' | 'config-files' | 'broken'
  /** Only for a virtual package: the installed packages that provide it; `version` is empty then. */
  readonly providedBy?: readonly string[]
}

/** Properties of a unit from systemctl(1) show. */
export interface UnitStatus {
  /** `loaded`, `not-found`, `masked`, ... */
  readonly load: string
  /** `active`, `inactive`, `failed`, `activating`, ... */
  readonly active: string
  readonly sub: string
  /** `enabled`, `disabled`, `static`, `masked`, ...; empty when not found. */
  readonly enabled: string
  /** More properties of systemd.service(5) and systemctl(1); undefined when unknown. */
  readonly details?: UnitDetails
}

export interface UnitDetails {
  /** Number of automatic restarts since the last manual start (NRestarts). */
  readonly restarts: number
  /** Milliseconds since it became active; undefined when it is not active. */
  readonly activeForMs: number | undefined
  /** `success`, `exit-code`, `signal`, `core-dump`, `start-limit-hit`, ... (Result). */
  readonly result: string
  /** How its main process last ended, such as `exit status 3` or `signal 11`; undefined when it never did. */
  readonly lastEnd: string | undefined
  /** False when a `Condition...=` of the unit was not met at its last start. */
  readonly conditionMet: boolean
  /** True when it becomes inactive after its work: `Type=oneshot` without `RemainAfterExit=`. */
  readonly endsByItself: boolean
  /** True when its files changed since systemd read them; the other properties are those of the old files. */
  readonly needsReload: boolean
}

export interface UserAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Name of the primary group. */
  readonly group: string
  readonly gecos: string
  readonly home: string
  readonly shell: string
  /** Supplementary groups, sorted. */
  readonly groups: readonly string[]
}

export interface GroupEntry {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

/**
 * Read access to the host. No method changes anything: `read` of a state gets only this, so that a dry run is reliable. A
 * method may return a result cached earlier in the same run, as long as nothing was performed since.
 */
export interface SystemReader {
  /** Returns undefined when nothing is at the path, even if a parent is missing. */
  stat(path: string): Promise<FileStatus | undefined>
  /** SHA-256 of a regular file's content (follows symbolic links); undefined when there is none. */
  sha256(path: string): Promise<Sha256 | undefined>
  /**
   * Text of a regular file. Bytes that are not UTF-8 are kept as in `textOfBytes`, so that writing the text restores them.
   * undefined when there is none. Throws FILE_TOO_LARGE above 1 MiB.
   */
  readText(path: string): Promise<string | undefined>
  /** Names in a directory, sorted; undefined when there is none. */
  list(path: string): Promise<readonly string[] | undefined>
  /** Runs a program that must not change anything. Throws PROGRAM_MISSING when it does not exist. */
  query(argv: readonly string[], options?: QueryOptions): Promise<ProgramResult>
  /**
   * Looks up a package by name or `name:arch`; a name alone means the package of the host's own architecture, if there is one.
   */
  packageStatus(name: string): Promise<PackageStatus | undefined>
  unitStatus(unit: string): Promise<UnitStatus>
  user(name: string): Promise<UserAccount | undefined>
  group(name: string): Promise<GroupEntry | undefined>
  /** SHA-256 of the content of a file; for blobs, the hash that names them. Opens secrets, but returns only the digest. */
  digest(content: Content): Sha256
  /** Text of content without secrets, in the form of `readText`; a blob is read from its downloaded file. */
  plainText(content: PlainContent): Promise<string>
  /** True when the last `remember` for this key had this value. */
  applied(key: string, value: MaybeSecret): Promise<boolean>
}

/** Read and write access to the host. Only the engine has it. */
export interface System extends SystemReader {
  /** Performs one action; throws an AppError that says what failed. */
  perform(action: Action, options?: PerformOptions): Promise<void>
}

export interface PerformOptions {
  /** Argv with `{path}`, run on the candidate of a `write-file` before it replaces the file. */
  readonly checkCmd?: readonly string[]
  readonly signal?: AbortSignal
  /** Called with a line for the result, such as what an action is waiting for. */
  readonly onNote?: (line: string) => void
  /** Called with a program's stdout, if the action shows it. */
  readonly onOutput?: (text: string) => void
}
