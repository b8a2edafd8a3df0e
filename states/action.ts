import type { Sha256 } from '../protocol/ids.ts'
import type { MaybeSecret } from '../protocol/secret.ts'

/**
 * Content of a file: text (as returned by `SystemReader.readText`, see `bytesOfText`), secret text, or the bytes of a blob that
 * the minion fetched by hash.
 */
export type Content = MaybeSecret | PlainContent

/** Content without secrets. */
export type PlainContent = string | { readonly blob: Sha256; readonly size: number }

/** Owner and group by name or number; undefined leaves them as they are, or uses the engine's user for something new. */
export interface Ownership {
  readonly owner?: string | undefined
  readonly group?: string | undefined
}

export type UnitVerb = 'start' | 'stop' | 'restart' | 'reload' | 'enable' | 'disable' | 'mask' | 'unmask'

/**
 * Every way in which a state can change a host, as data. The engine prints, counts, redacts, backs up and performs actions; a
 * dry run only lists them. Add a new kind here, in `minion/system/linux.ts` and in `minion/apply/describe.ts`: the compiler
 * reports if one is missing.
 */
export type Action =
  /** Writes with temporary file, check, fsync and rename. `mode` is four octal digits. */
  | ({
      readonly do: 'write-file'
      readonly path: string
      readonly content: Content
      readonly mode: string
      /** False to never show a diff, for example for a key. */
      readonly showDiff: boolean
      /** True when the state supplies all of the content; otherwise lines of it may come from the file on the host. */
      readonly isWhole?: boolean
    } & Ownership)
  | ({
      readonly do: 'make-directory'
      readonly path: string
      readonly mode: string
      /** Also creates missing parents, with mode 0755 and the same owner. */
      readonly parents: boolean
    } & Ownership)
  | { readonly do: 'set-mode'; readonly path: string; readonly mode: string }
  | ({ readonly do: 'set-owner'; readonly path: string } & Ownership)
  /** Removes a path; a directory with its contents only if `recursive` is set. */
  | { readonly do: 'remove'; readonly path: string; readonly recursive: boolean }
  /** Creates or replaces the symbolic link at `path`. */
  | { readonly do: 'link'; readonly path: string; readonly target: string }
  /** Downloads a file over HTTP; it replaces the one at `path` only if its content has this hash. */
  | ({
      readonly do: 'download'
      readonly path: string
      readonly url: string
      readonly sha256: Sha256
      readonly mode: string
    } & Ownership)
  /** Creates an X25519 key in the format of wg(8), with its public half in `path`.pub. Never replaces a key. */
  | ({ readonly do: 'make-key'; readonly path: string; readonly mode: string } & Ownership)
  | {
      readonly do: 'install-packages'
      readonly packages: readonly { readonly name: string; readonly version?: string | undefined }[]
      readonly refresh: boolean
      /** Allows an older version to replace a newer one. */
      readonly allowDowngrade?: boolean
    }
  | { readonly do: 'remove-packages'; readonly names: readonly string[]; readonly purge: boolean }
  | { readonly do: 'unit'; readonly unit: string; readonly verb: UnitVerb }
  | { readonly do: 'daemon-reload' }
  /** Runs a program from argv. `summary` is shown to operators; secrets are passed in `stdin` or `env`, never in `argv`. */
  | {
      readonly do: 'run'
      readonly summary: string
      readonly argv: readonly string[]
      readonly cwd?: string | undefined
      readonly user?: string | undefined
      readonly env?: { readonly [name: string]: MaybeSecret } | undefined
      readonly stdin?: MaybeSecret | undefined
      /** Exit codes that mean success; default [0]. */
      readonly success?: readonly number[] | undefined
      /** True to include its stdout in the result. */
      readonly showOutput?: boolean | undefined
      /** True when it (re)starts the service that the state manages: then a watch has nothing left to do. */
      readonly restarts?: boolean | undefined
    }
  /** Stores a local HMAC of a write-only value, so that `SystemReader.applied` can compare it later. */
  | { readonly do: 'remember'; readonly key: string; readonly value: MaybeSecret }

/** True for an action that has already (re)started a watching service (docs/design.md F6). Pure. */
export function isRestart(action: Action): boolean {
  if (action.do === 'unit') return action.verb === 'start' || action.verb === 'restart'
  return action.do === 'run' && action.restarts === true
}
