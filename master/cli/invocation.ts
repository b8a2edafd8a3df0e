import type { InputOf, VerbName } from '../verbs/index.ts'
import type { OutputFormat } from './output.ts'
import type { CopyWish } from './place.ts'
import type { ShowWish } from './render/result/show.ts'
import type { TableWish } from './render/table.ts'

/** How to show the result. */
export interface View {
  readonly output: OutputFormat
  /** Exit 5 when a test would change something. */
  readonly detailed: boolean
  /** Suppress progress output. */
  readonly quiet: boolean
  /** How much of a result to show, for commands that let the operator choose. */
  readonly show?: ShowWish
  /** How to show the table of a result that is one. */
  readonly table?: TableWish
  /** The target as it was typed, to repeat it in a command. */
  readonly target?: string
}

/** One verb with its input. `notice`: printed to stderr before the verb is called. */
export type Call = {
  readonly [Verb in VerbName]: { readonly verb: Verb; readonly input: InputOf<Verb>; readonly notice?: string }
}[VerbName]

/** Flags of the daemon; other settings come from the environment and the settings file (config.ts). */
export interface StartFlags {
  readonly fleet?: string
  readonly state?: string
  readonly listen?: string
  readonly socket?: string
  readonly newStore?: boolean
}

/** A backup file and the directories of the master. */
interface MoveWords {
  readonly file: string
  readonly passphraseFile: string | undefined
  readonly flags: StartFlags
  readonly view: View
}

/** A host to install a minion on, as the system's ssh reaches it. */
interface BootstrapWords {
  readonly host: string
  readonly user: string | undefined
  readonly port: number | undefined
  /** The minion's id; defaults to the first label of `host`. */
  readonly id: string | undefined
  readonly roles: readonly string[]
  readonly level: string | undefined
  /** Address of the master that the minion connects to. */
  readonly master: string | undefined
  /** The minion's Debian package; defaults to the one shipped with the master. */
  readonly package: string | undefined
}

/** A recording and how to show it. */
export interface PlayWords {
  readonly session: string
  /** With the recorded timing, all at once as text, or as the raw recording file. */
  readonly how: 'timed' | 'plain' | 'cast'
  readonly speed: number
  readonly maxWaitMs: number | undefined
  readonly view: View
  readonly socket: string | undefined
}

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'init'; readonly directory: string }
  | { readonly kind: 'migrate'; readonly directory: string; readonly dryRun: boolean; readonly view: View }
  /** Without a line: interactive. */
  | { readonly kind: 'shell'; readonly line: string | undefined; readonly socket: string | undefined }
  /** Candidates for the end of this line. */
  | { readonly kind: 'complete'; readonly line: string; readonly socket: string | undefined }
  | { readonly kind: 'start'; readonly flags: StartFlags }
  | { readonly kind: 'call'; readonly call: Call; readonly view: View; readonly socket: string | undefined }
  /** Shows the resulting roles and asks for confirmation, unless `yes`. */
  | {
      readonly kind: 'key-accept'
      readonly input: InputOf<'key-accept'>
      readonly yes: boolean
      readonly view: View
      readonly socket: string | undefined
    }
  /** Shows the orphans and asks for confirmation, unless `yes` or a dry run. */
  | {
      readonly kind: 'orphans'
      readonly call: Extract<Call, { readonly verb: 'orphans-remove' | 'orphans-forget' }>
      readonly yes: boolean
      readonly view: View
      readonly socket: string | undefined
    }
  /** `against`: lines of the journal, `-` for stdin. */
  | {
      readonly kind: 'audit-verify'
      readonly against: string | undefined
      readonly view: View
      readonly socket: string | undefined
    }
  | ({ readonly kind: 'play' } & PlayWords)
  /** A verb that returns a compliance report, and how to present it. */
  | {
      readonly kind: 'compliance'
      readonly call: Call
      /** Exit 1 below this score. */
      readonly failUnder?: number
      /** Where the report goes; absent: stdout. */
      readonly file?: string
      readonly view: View
      readonly socket: string | undefined
    }
  /** The passphrase comes from a file or stdin, never from argv. */
  | ({ readonly kind: 'backup' } & MoveWords)
  | ({ readonly kind: 'restore'; readonly replace: boolean } & MoveWords)
  /** Checks the installation on this machine, with or without a running daemon. */
  | {
      readonly kind: 'doctor'
      readonly flags: StartFlags
      readonly view: View
      readonly socket: string | undefined
    }
  | ({ readonly kind: 'bootstrap'; readonly view: View; readonly socket: string | undefined } & BootstrapWords)
  /** The value comes from stdin, never from argv. */
  | {
      readonly kind: 'pillar-set'
      readonly path: string
      readonly file: string | undefined
      readonly short: boolean
      readonly view: View
      readonly socket: string | undefined
    }
  /** A terminal on a minion. */
  | {
      readonly kind: 'ssh'
      readonly minion: string
      /** Replaces the login shell. */
      readonly argv?: readonly string[]
      readonly user?: string
      readonly view: View
      readonly socket: string | undefined
    }
  /** A program on minions, connected to the streams of this process. */
  | {
      readonly kind: 'run'
      readonly target: string
      readonly argv: readonly string[]
      readonly wish: { readonly user?: string; readonly cwd?: string; readonly timeoutMs?: number }
      readonly stdin: boolean
      readonly view: View
      readonly socket: string | undefined
    }
  | {
      readonly kind: 'copy'
      readonly wish: CopyWish
      readonly owner: { readonly mode?: number; readonly user?: string; readonly group?: string }
      readonly view: View
      readonly socket: string | undefined
    }
  /** Without `listen`: over stdin and stdout. */
  | {
      readonly kind: 'forward'
      readonly minion: string
      readonly to: { readonly host: string; readonly port: number }
      readonly listen?: { readonly host: string; readonly port: number }
      readonly view: View
      readonly socket: string | undefined
    }
  | { readonly kind: 'ssh-config'; readonly target?: string; readonly view: View; readonly socket: string | undefined }
