import type { Sha256 } from '../protocol/ids.ts'
import type { MaybeSecret } from '../protocol/secret.ts'
import type { Action, Content, PlainContent } from './action.ts'

/** What lies at a path itself; symbolic links are not followed (lstat). */
export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  /** Four octal digits. */
  readonly mode: string
  readonly uid: number
  readonly gid: number
  /** Name of the owner, or the number as text when it has none. */
  readonly owner: string
  readonly group: string
  readonly size: number
  /** Only of a symlink. */
  readonly target?: string
}

export interface ProgramResult {
  /** 128 when a signal ended it. */
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
  /** Milliseconds that it may take; undefined: 120 s. */
  readonly timeoutMs?: number
}

/** A package as dpkg knows it; absent from the map when it is not known at all. */
export interface PackageStatus {
  readonly version: string
  /** `installed`, or `config-files` when removed but not purged, or `broken` when half installed. */
  readonly status: 'installed' | 'config-files' | 'broken'
  /** Of a virtual package: the installed packages that provide it; `version` is empty then. */
  readonly providedBy?: readonly string[]
}

/** systemctl(1) show. */
export interface UnitStatus {
  /** `loaded`, `not-found`, `masked`, ... */
  readonly load: string
  /** `active`, `inactive`, `failed`, `activating`, ... */
  readonly active: string
  readonly sub: string
  /** `enabled`, `disabled`, `static`, `masked`, ...; empty when not found. */
  readonly enabled: string
  /** What systemd.service(5) and systemctl(1) tell beyond that; undefined: not known. */
  readonly details?: UnitDetails
}

export interface UnitDetails {
  /** How often systemd has restarted it by itself since somebody started it (NRestarts). */
  readonly restarts: number
  /** Milliseconds since it became active; undefined when it is not. */
  readonly activeForMs: number | undefined
  /** `success`, `exit-code`, `signal`, `core-dump`, `start-limit-hit`, ... (Result). */
  readonly result: string
  /** How its main process ended last, such as `exit status 3` or `signal 11`; undefined when it never did. */
  readonly lastEnd: string | undefined
  /** False when a `Condition...=` of the unit was not met at its last start. */
  readonly conditionMet: boolean
  /** Its work is done when it was started, and then it is inactive: `Type=oneshot` without `RemainAfterExit=`. */
  readonly endsByItself: boolean
  /** Its files changed since systemd read them: the rest is about the old ones. */
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
 * The host, to look at. No method changes anything: `read` of a state gets only this, so a dry run cannot lie. A method
 * may answer from a look that was taken earlier in the same run, as long as nothing was performed since.
 */
export interface SystemReader {
  /** undefined when nothing is there, also when a parent is missing. */
  stat(path: string): Promise<FileStatus | undefined>
  /** SHA-256 of a regular file's content (symbolic links followed); undefined when there is none. */
  sha256(path: string): Promise<Sha256 | undefined>
  /**
   * Text of a regular file, with bytes that are not UTF-8 kept as `textOfBytes` does: written again, they are the same
   * bytes. undefined when there is none. Throws FILE_TOO_LARGE above 1 MiB.
   */
  readText(path: string): Promise<string | undefined>
  /** Names in a directory, sorted; undefined when there is none. */
  list(path: string): Promise<readonly string[] | undefined>
  /** Starts a program that promises to change nothing. Throws PROGRAM_MISSING when it does not exist. */
  query(argv: readonly string[], options?: QueryOptions): Promise<ProgramResult>
  /** By name, or `name:arch`; a name alone is the package of the host's own architecture, if that is known. */
  packageStatus(name: string): Promise<PackageStatus | undefined>
  unitStatus(unit: string): Promise<UnitStatus>
  user(name: string): Promise<UserAccount | undefined>
  group(name: string): Promise<GroupEntry | undefined>
  /** SHA-256 of what a file would hold; blobs by their name. Opens secrets, returns only the digest. */
  digest(content: Content): Sha256
  /** Text of content without secrets, as `readText` gives it; a blob is read from where it was fetched to. */
  plainText(content: PlainContent): Promise<string>
  /** True when `remember` was last performed with this key and this value. */
  applied(key: string, value: MaybeSecret): Promise<boolean>
}

/** The host, to look at and to change. Only the engine has it. */
export interface System extends SystemReader {
  /** Performs one action; throws an AppError that says what failed. `candidate` validates a file before it is renamed. */
  perform(action: Action, options?: PerformOptions): Promise<void>
}

export interface PerformOptions {
  /** argv with `{path}`, run on the candidate of a `write-file` before it replaces the file. */
  readonly checkCmd?: readonly string[]
  readonly signal?: AbortSignal
  /** Gets a line that belongs into the result, such as what an action waits for. */
  readonly onNote?: (line: string) => void
  /** Gets what a program wrote to stdout, where the action says that it is shown. */
  readonly onOutput?: (text: string) => void
}
