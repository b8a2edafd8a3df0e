import { withoutDescriptors } from './descriptors.ts'
import type { SourcePosition } from './source.ts'

/**
 * Every error that a user can cause or must understand, with its meaning in one line. A released code is never reused.
 * `docs/errors.md` has one heading a code; a house test keeps the two equal.
 */
export const ERROR_CODES = {
  INTERNAL: 'a bug of ours',
  USAGE: 'the command line was not understood',

  // wire and identity
  NOT_JOINED: 'a minion that has not joined a fleet',
  MASTER_UNREACHABLE: 'no connection to the master',
  IDENTITY_EXISTS: 'a state directory that holds an identity already',
  IDENTITY_MISSING: 'a state directory without an identity',
  IDENTITY_DAMAGED: 'a file of the identity that is not what was written',
  IDENTITY_UNSAFE: 'a private key that others may read',
  ID_INVALID: 'a name that is no valid minion id',
  MESSAGE_INVALID: 'a message that is not in the closed set, or not of its shape',
  MESSAGE_TOO_LARGE: 'a frame or blob above its limit',
  HANDSHAKE_REFUSED: 'the master refused this key, or does not know it yet',
  HANDSHAKE_TIMEOUT: 'the other side did not finish the handshake in time',
  MASTER_UNTRUSTED: 'the master could not prove that it belongs to the fleet root',
  PROTOCOL_VERSION_UNSUPPORTED: 'the two programs have no protocol version in common',
  ORDER_REFUSED: 'an order that is replayed, forged, or meant for another minion',
  ORDER_EXPIRED: 'an order that reached its minion after its time, by the clock of the master',
  CATALOG_REFUSED: 'a catalog whose signature, hash or state types are wrong',
  BLOB_MISMATCH: 'content whose hash or size is not the announced one',
  BOX_UNREADABLE: 'a box of secrets that does not open with this key',
  JOIN_TOKEN_INVALID: 'a text that is no join token',

  // fleet, target, pillar
  YAML_INVALID: 'a file that is no YAML of the language',
  FLEET_UNREADABLE: 'a fleet directory or a file of it that cannot be read',
  FLEET_INVALID: 'a file of the fleet with a wrong key or value',
  FLEET_NOT_EMPTY: 'a target directory for a new fleet that is not empty',
  ROLE_UNKNOWN: 'a role that is not defined',
  TARGET_SYNTAX: 'target words that were not understood',
  TARGET_MATCHES_NOBODY: 'target words that pick no minion',
  PILLAR_KEY_MISSING: 'a private pillar key that is needed and not there',
  PILLAR_VALUE_UNREADABLE: 'a sealed value that was moved, edited, or sealed for another fleet',
  PILLAR_SECRET_SHORT: 'a secret that is too short to be hidden in every output',
  PILLAR_FILE_UNUSED: 'a pillar file that no line of the top file names',
  PILLAR_UNSET: 'a pillar key without a value, of which its role warns',
  PILLAR_PATH_INVALID: 'a text that is no pillar path, or a path that leads nowhere',

  // state directory of a minion
  STATE_LOCKED: 'a state directory that another agent uses',
  STATE_DAMAGED: 'a file of a state directory that is not what was written',

  // store
  STORE_LOCKED: 'a state directory that another master has open',
  STORE_FULL: 'no room on the disk of the state directory',
  STORE_UNREADABLE: 'a store that cannot be opened, or is of a newer version',
  STORE_EMPTY: 'an empty store beside the identity of a master that had one',
  STORE_DAMAGED: 'a body or value in the store that is missing or not what was stored',
  EVENT_TOO_LARGE: 'an event that does not fit in the log',
  REPORT_TOO_LARGE: 'a report above its limit',
  REPORT_UNREAD: 'a report that the master could not read now',
  REPORT_REFUSED: 'a report that is none, or not of the minion that delivered it',

  // master and its doors
  MASTER_NOT_RUNNING: 'no master behind the socket',
  MASTER_STOPPING: 'a request that a master which is being stopped does not finish',
  CALL_INTERRUPTED: 'an answer that was not waited for',
  SOCKET_TAKEN: 'a socket of the API that is taken or cannot be made',
  LISTEN_FAILED: 'an address that the master cannot listen at',
  CONFIG_INVALID: 'a setting of the master that is not understood',
  JOB_UNKNOWN: 'an unknown job, run or minion',
  KEY_UNKNOWN: 'an unknown key or join token, or one of several',
  KEY_REVOKED: 'a run of a minion whose key was revoked',
  KEY_TAKEN: 'a minion id whose other key is accepted',
  RUN_LOST: 'a run that its minion does not know any more',
  RUN_SUPERSEDED: 'a run that newer content replaced before its minion began with it',
  RUN_UNKNOWN: 'an order about a run that the minion does not have',
  RUN_UNREPORTED: 'a run whose minion has not come back to report it',

  // install and move
  BACKUP_FAILED: 'a backup that could not be made',
  BACKUP_UNREADABLE: 'a backup that is none, was edited or cut off, or has another passphrase',
  RESTORE_REFUSED: 'a place for a backup that is taken or cannot be written',
  BOOTSTRAP_FAILED: 'a host that could not be given a minion over ssh',

  // states
  STATE_UNKNOWN: 'a state type that does not exist',
  PARAM_UNKNOWN: 'an argument that the state type does not have',
  PARAM_INVALID: 'an argument of the wrong type or shape',
  PARAM_MISSING: 'an argument that must be given',
  PATH_TAKEN: 'something of another kind lies where a state wants its own',
  UNIT_MISSING: 'a systemd unit that must run and does not exist',
  UNIT_NEVER_RUNS: 'a systemd unit that is never running',
  SERVICE_NOT_RUNNING: 'a service that does not run at the end of the run',
  UNIT_MASKED: 'a systemd unit that must run and is masked',
  ID_TAKEN: 'a number that another user or group already has',
  VALUE_MISSING: 'a value to report that is not there',
  SYSCTL_MISSING: 'a kernel setting that this host does not have',
  MYSQL_UNREACHABLE: 'a MariaDB that does not answer over its socket',
  MYSQL_REFUSED: 'a look into MariaDB that it answered with an error',
  MYSQL_IS_REPLICA: 'a change that must be made on the master and not on a replica',

  // virtual machines and their guard
  SET_MISSING: 'a set of nftables that the kernel does not have',
  LIBVIRT_UNREACHABLE: 'a libvirt that does not answer',
  DOMAIN_TRANSIENT: 'a virtual machine that runs and is defined nowhere',
  DOMAIN_NOT_MOVED: 'a virtual machine that cannot be moved to another hypervisor',
  VOLUME_UNFIT: 'a file that is not the expected disk image',
  MYSQL_ACCOUNT_MISSING: 'privileges for an account that does not exist',
  MYSQL_OTHER_MASTER: 'a replica of another master than the configured one',
  MYSQL_OWN_TRANSACTIONS: 'a replica-to-be with data or transactions that its master does not have',
  MYSQL_REPLICATION_BROKEN: 'a replica that is set up rightly and does not replicate',

  // role language
  KEY_RENAMED: 'a key, path or verb of a fleet file that has a new name',
  MIGRATION_IMPOSSIBLE: 'an old name in a fleet file that cannot be renamed automatically',
  ROLE_INVALID: 'a role.yml or states.yml of the wrong shape',
  INCLUDE_CIRCLE: 'roles that include each other',
  EXPRESSION_INVALID: 'an expression that is not understood or misused',
  TEMPLATE_INVALID: 'a template that is not understood',
  NAME_UNKNOWN: 'a name in an expression that does not exist',
  SECRET_IN_EXPRESSION: 'a secret where its value would show',
  PILLAR_UNDECLARED: 'a pillar key that the role does not declare',
  PILLAR_MISSING: 'a declared pillar key without a value',
  PILLAR_INVALID: 'a pillar value of the wrong type',
  ADDRESS_UNKNOWN: 'a minion without a trusted address, where a role needs one',
  ENTRY_WITHHELD: 'an entry of the inventory that does not apply to a minion that chose its own id',
  ADDRESS_IN_USE: 'an address that its holder is connected from cannot be released',
  ADDRESS_UNTRUSTED: 'an address or a text of a minion that others may not be told',
  ADDRESS_NOT_HELD: 'the release of an address that no minion got by its connection',
  SEALING_FAILED: 'secrets of a minion whose sealing key is not usable',
  EXPORT_PENDING: 'an export that its minion has not reported yet',
  EXPORT_MISSING: 'an export that no minion publishes yet',
  EXPORT_AMBIGUOUS: 'an export that several minions publish',
  EXPORT_INVALID: 'an exported value of the wrong type',
  STATE_ARGUMENT_UNSUPPORTED: 'an argument for every state that is not built yet',
  SOURCE_TOO_LARGE: 'a file of a role above the limit for its kind',
  FILE_CHANGED: 'a file of the fleet that changed while it was being applied',
  SOURCE_MISSING: 'a source file that the role does not have',
  REQUISITE_UNKNOWN: 'a requisite that names no state',
  REQUISITE_AMBIGUOUS: 'a requisite that names several states',
  REQUISITE_CIRCLE: 'states that require each other',
  SERVICE_CLAIMED_TWICE: 'two roles that run one service and write files of it',
  SERVICE_SHARED: 'files of two roles beside each other for one service, of which lint warns',
  DECLARED_TWICE: 'two different declarations of one real thing',
  ID_TWICE: 'two states of one role with the same id and type',

  // the host
  NO_CATALOG: 'a minion without a cached catalog',
  RUN_INTERRUPTED: 'a run that a kill cut off',
  NOT_CONVERGED: 'a state that still wants to change after it was performed',
  STATE_TIMEOUT: 'a state that took too long',
  PROGRAM_MISSING: 'a program that this host does not have',
  OUTPUT_FAILED: 'stdout that cannot be written',
  PROGRAM_CWD: 'a working directory in which a program cannot be started',
  PROGRAM_NOT_EXECUTABLE: 'a file that is there and cannot be executed',
  PROGRAM_TIMEOUT: 'a program that did not end in time',
  PROGRAM_FAILED: 'a program that ended with an error',
  RUN_CANCELLED: 'a run that an operator ended',
  DOWNLOAD_FAILED: 'a file that could not be fetched',
  DOWNLOAD_MISMATCH: 'a fetched file that is not the one that was named',
  KEY_INVALID: 'a key file that holds no key',
  DISK_FULL: 'no space left on the host',
  DESCRIPTORS_EXHAUSTED: 'no file descriptor left for a file, socket or program',
  FILE_UNWRITABLE: 'a path that cannot be written',
  FILE_TOO_LARGE: 'a file too large to be read as text',
  PATH_UNSAFE: "a path through somebody else's link",
  SYSTEMD_UNREACHABLE: 'systemd does not answer',
  PACKAGE_FAILED: 'apt or dpkg failed',
  CHECK_FAILED: 'a check_cmd that refused, or a check of a role that failed',
  OWNER_UNKNOWN: 'an owner or group that the host does not have',
  MOUNT_TAKEN: 'a mount point at which something else is mounted',
  RULESET_INVALID: 'a table of nftables that nft refuses',
  RULESET_UNREADABLE: 'a table of nftables that nft cannot list',

  // programs, files and ports of a minion, at an operator's hand
  EXEC_REFUSED: 'a program that a minion cannot start as it was asked',
  FILE_UNREADABLE: 'a file that cannot be looked at or read',
  FORWARD_REFUSED: 'a port of a minion that could not be reached, or a connection to it that broke',

  // the shell
  SHELL_SYNTAX: 'a line that the shell does not understand',
  SHELL_REFUSED: 'a verb that does not belong in the shell',

  // schedule and delivery
  SCHEDULE_UNKNOWN: 'a schedule that schedule.yml does not name',
  SCHEDULE_BUSY: 'a schedule whose last run is still active',
  RECIPIENT_UNKNOWN: 'a recipient that schedule.yml does not name',
  DELIVERY_FAILED: 'a document that could not be brought to its recipient',
  DOCUMENT_TOO_LARGE: 'a document too large for its recipient',
  // runbooks
  RUNBOOK_UNKNOWN: 'an unknown runbook or procedure, or one that is over',
  RUNBOOK_INVALID: 'a runbook of the wrong shape',
  RUNBOOK_BUSY: 'a runbook that is being carried out already, or is past undoing',
  RUNBOOK_STEP_FAILED: 'a step of a runbook with an unexpected result',

  // allocations
  ALLOCATION_EXHAUSTED: 'an allocation of which nothing is left',
  ALLOCATION_OUTSIDE: 'an allocation that is held and no longer in its range',
  ALLOCATION_UNKNOWN: 'an allocation that no minion holds',

  // compliance
  COMPLIANCE_UNKNOWN: 'a compliance report that nobody made',

  // recordings
  SESSION_UNKNOWN: 'an unknown session',
  RECORDING_NONE: 'a session that was not recorded, or whose recording is kept no longer',
  RECORDING_ALTERED: 'a recording that was edited or taken away',

  // sessions
  SESSION_REFUSED: 'a session that a minion is configured to refuse, or cannot open',
  SESSION_LIMIT: 'a session that was ended because its time was over',
  SESSION_LOST: 'a session whose minion, master or operator went away',
  MINION_AWAY: 'a minion that is not connected now, where it is needed now',

  // operators
  RIGHT_DENIED: 'an operator asked for what is not among his rights',

  // link
  BLOB_REFUSED: 'the master does not give this content to this minion',

  // commit-confirm
  NOT_CONFIRMED: 'a change was put back because nobody confirmed it',
  CONFIRM_IMPOSSIBLE: 'a change that must be confirmed could not be put back',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** One thing that is wrong, safe to show and to send: never holds a secret. */
export interface Problem {
  readonly code: ErrorCode
  /** What was expected and what was found; values in backticks; no full stop. */
  readonly message: string
  /** An imperative sentence with something that can be typed. */
  readonly hint?: string
  readonly source?: SourcePosition
  /** The source line itself, for the caret. */
  readonly excerpt?: string
  /** Further places that belong to it, such as the first of two declarations. */
  readonly related?: readonly SourcePosition[]
}

/** A user's mistake or a refusal: one or more problems, all that were found. Its stack is never shown. */
export class AppError extends Error {
  readonly problems: readonly [Problem, ...Problem[]]

  constructor(problems: Problem | readonly Problem[], options?: { cause?: unknown }) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem]
    const [first, ...rest] = list
    if (first === undefined) throw new TypeError('an AppError has at least one problem')
    super(first.message, options)
    this.name = 'AppError'
    this.problems = [first, ...rest]
  }

  /** The code of the first problem. */
  get code(): ErrorCode {
    return this.problems[0].code
  }
}

/** What may be shown of anything that was thrown: an AppError's own problems, else one INTERNAL without a stack. */
export function problemsOf(thrown: unknown): readonly [Problem, ...Problem[]] {
  const full = withoutDescriptors(thrown)
  if (full !== undefined) return [full]
  if (thrown instanceof AppError) return thrown.problems
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return [{ code: 'INTERNAL', message, hint: 'Report this with the log of the program: it is our bug.' }]
}
