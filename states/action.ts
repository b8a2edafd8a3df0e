import type { Sha256 } from '../protocol/ids.ts'
import type { MaybeSecret } from '../protocol/secret.ts'

/** What a file holds: text (as `SystemReader.readText` gives it, see `bytesOfText`), secret text, or the bytes of a blob that the minion fetched by hash. */
export type Content = MaybeSecret | PlainContent

/** What has no secret in it. */
export type PlainContent = string | { readonly blob: Sha256; readonly size: number }

/** Owner and group by name or number; undefined means: leave it, or the engine's own user for something new. */
export interface Ownership {
  readonly owner?: string | undefined
  readonly group?: string | undefined
}

export type UnitVerb = 'start' | 'stop' | 'restart' | 'reload' | 'enable' | 'disable' | 'mask' | 'unmask'

/**
 * Every way in which a state may change a host, as data. The engine prints, counts, redacts, backs up and performs them;
 * a dry run is the list. A new kind is added here, in `minion/system/linux.ts` and in `minion/apply/describe.ts`: the
 * compiler finds both.
 */
export type Action =
  /** Writes by temporary file, check, fsync and rename. `mode` is four octal digits. */
  | ({
      readonly do: 'write-file'
      readonly path: string
      readonly content: Content
      readonly mode: string
      /** False: never show a diff, such as for a key. */
      readonly showDiff: boolean
    } & Ownership)
  | ({
      readonly do: 'make-directory'
      readonly path: string
      readonly mode: string
      /** Also the missing parents, with mode 0755 and the same owner. */
      readonly parents: boolean
    } & Ownership)
  | { readonly do: 'set-mode'; readonly path: string; readonly mode: string }
  | ({ readonly do: 'set-owner'; readonly path: string } & Ownership)
  /** A directory is removed with all that is in it only when `recursive`. */
  | { readonly do: 'remove'; readonly path: string; readonly recursive: boolean }
  /** Makes (or replaces) the symbolic link at `path`. */
  | { readonly do: 'link'; readonly path: string; readonly target: string }
  /** Fetches a file by HTTP; it replaces the one at `path` only when its content has this hash. */
  | ({
      readonly do: 'download'
      readonly path: string
      readonly url: string
      readonly sha256: Sha256
      readonly mode: string
    } & Ownership)
  /** Makes a new X25519 key as wg(8) writes it, with its public half in `path`.pub. Never replaces a key. */
  | ({ readonly do: 'make-key'; readonly path: string; readonly mode: string } & Ownership)
  | {
      readonly do: 'install-packages'
      readonly packages: readonly { readonly name: string; readonly version?: string | undefined }[]
      readonly refresh: boolean
      /** True: an older version may take the place of a newer one. */
      readonly allowDowngrade?: boolean
    }
  | { readonly do: 'remove-packages'; readonly names: readonly string[]; readonly purge: boolean }
  | { readonly do: 'unit'; readonly unit: string; readonly verb: UnitVerb }
  | { readonly do: 'daemon-reload' }
  /** Starts a program from argv. `summary` is what people see; secrets go by `stdin` or `env`, never in `argv`. */
  | {
      readonly do: 'run'
      readonly summary: string
      readonly argv: readonly string[]
      readonly cwd?: string | undefined
      readonly user?: string | undefined
      readonly env?: { readonly [name: string]: MaybeSecret } | undefined
      readonly stdin?: MaybeSecret | undefined
      /** Exit codes that mean success; [0] unless given. */
      readonly success?: readonly number[] | undefined
      /** True: what it writes to stdout is part of the result. */
      readonly showOutput?: boolean | undefined
      /** True when it (re)starts the service that the state is about: then a watch has nothing left to do. */
      readonly restarts?: boolean | undefined
    }
  /** Keeps a local HMAC of a value that can only be written, so that `SystemReader.applied` can compare it later. */
  | { readonly do: 'remember'; readonly key: string; readonly value: MaybeSecret }

/** True for an action after which a watching service has already been brought up anew (docs/design.md F6). Pure. */
export function isRestart(action: Action): boolean {
  if (action.do === 'unit') return action.verb === 'start' || action.verb === 'restart'
  return action.do === 'run' && action.restarts === true
}
