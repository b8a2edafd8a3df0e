import { withoutDescriptors } from './descriptors.ts'
import type { SourcePosition } from './source.ts'

/**
 * Every error that a user can cause or must understand, with its meaning in one line. A released code is never reused.
 * `docs/errors.md` has one heading per code; a house test keeps the two in sync.
 */
export const ERROR_CODES = {
  INTERNAL: 'a bug in Saltern',
  USAGE: 'the command line is not valid',

  // wire and identity
  NOT_JOINED: 'this host has not joined a fleet',
  MASTER_UNREACHABLE: 'the minion cannot connect to the master',
  IDENTITY_EXISTS: 'the state directory already has an identity',
  IDENTITY_MISSING: 'the state directory has no identity',
  IDENTITY_DAMAGED: 'a key or certificate of the identity is missing, truncated or changed',
  IDENTITY_UNSAFE: 'other users can read a private key file',
  ID_INVALID: 'the name is not a valid minion id',
  MESSAGE_INVALID: 'a peer sent an unknown or malformed message',
  MESSAGE_TOO_LARGE: 'a frame or blob is larger than its limit',
  HANDSHAKE_REFUSED: 'the master refused the key of this minion, or has not accepted it yet',
  HANDSHAKE_TIMEOUT: 'the peer did not finish the handshake in time',
  MASTER_UNTRUSTED: 'the master could not prove that it belongs to the fleet root',
  PROTOCOL_VERSION_UNSUPPORTED: 'master and minion have no protocol version in common',
  ORDER_REFUSED: 'the minion refused an order that was replayed, forged or meant for another minion',
  ORDER_EXPIRED: 'the order reached the minion after it had expired',
  CATALOG_REFUSED: 'the signature, hash or state types of the catalog are wrong',
  BLOB_MISMATCH: 'the content does not have the announced hash or size',
  BOX_UNREADABLE: 'the secret bundle cannot be decrypted with the sealing key of this minion',
  JOIN_TOKEN_INVALID: 'the text is not a join token',

  // fleet, target, pillar
  YAML_INVALID: 'the file is not valid YAML for Saltern',
  FLEET_UNREADABLE: 'the fleet directory, or a file in it, cannot be read',
  FLEET_INVALID: 'a fleet file has a key or value that is not allowed',
  FLEET_NOT_EMPTY: 'the directory for a new fleet is not empty',
  ROLE_UNKNOWN: 'there is no role with that name',
  ROLES_MISSING: 'a minion has no roles',
  TARGET_SYNTAX: 'the target is not valid',
  TARGET_MATCHES_NOBODY: 'the target matches no minion',
  PILLAR_KEY_MISSING: 'the private key for a sealed pillar value is missing',
  PILLAR_VALUE_UNREADABLE: 'a sealed value cannot be decrypted: it was moved, edited, or sealed for another fleet',
  PILLAR_SECRET_SHORT: 'a secret is too short to be hidden in all output',
  PILLAR_FILE_UNUSED: 'no line of the top file names this pillar file',
  PILLAR_UNSET: 'an optional pillar key has no value, and its role warns about that',
  PILLAR_PATH_INVALID: 'the text is not a valid pillar path',

  // state directory of a minion
  STATE_LOCKED: 'another agent uses the state directory',
  STATE_DAMAGED: 'a file in the state directory is damaged',

  // store
  STORE_LOCKED: 'another master uses the state directory',
  STORE_FULL: 'the disk of the state directory is full',
  STORE_UNREADABLE: 'the store cannot be opened, or a newer master wrote it',
  STORE_EMPTY: 'the store is empty, although this master had one before',
  STORE_DAMAGED: 'a body or value in the store is missing or has changed',
  EVENT_TOO_LARGE: 'an event is too large for the log',
  REPORT_TOO_LARGE: 'the report is larger than the master accepts',
  REPORT_UNREAD: 'the master could not read the report at this time',
  REPORT_REFUSED: 'the message is not a report, or is about a run of another minion',

  // master and its listeners
  MASTER_NOT_RUNNING: 'no master responds at the socket',
  MASTER_STOPPING: 'the master is stopping and did not finish the request',
  CALL_INTERRUPTED: 'you interrupted the command before the master answered',
  SOCKET_TAKEN: 'the socket of the API is in use or cannot be created',
  LISTEN_FAILED: 'cannot listen on the address: it is in use or not on this host',
  CONFIG_INVALID: 'a setting of the master or minion is not valid',
  JOB_UNKNOWN: 'there is no job, run or minion with that name',
  KEY_UNKNOWN: 'there is no such key or join token, or several keys match',
  KEY_REVOKED: 'the key of the minion was revoked before the run ended',
  KEY_TAKEN: 'another key is accepted for this minion id',
  RUN_LOST: 'the minion started the run and no longer has it',
  RUN_SUPERSEDED: 'newer content replaced the run before the minion started it',
  RUN_UNKNOWN: 'the minion does not have the run that the order names',
  RUN_UNREPORTED: 'the minion accepted the run and did not report it in time',

  // install, backup and restore
  BACKUP_FAILED: 'the backup could not be written',
  BACKUP_UNREADABLE: 'the backup is incomplete or was edited, or the passphrase is wrong',
  RESTORE_REFUSED: 'the destination of the restore is not empty, too small, or not writable',
  BOOTSTRAP_FAILED: 'the minion could not be installed over ssh',

  // states
  STATE_UNKNOWN: 'there is no state type with that name',
  PARAM_UNKNOWN: 'the state type does not have this argument',
  PARAM_INVALID: 'the argument has the wrong type or shape',
  PARAM_MISSING: 'a required argument is missing',
  PATH_TAKEN: 'a file of another type is at the path that a state manages',
  UNIT_MISSING: 'the systemd unit does not exist',
  UNIT_NEVER_RUNS: 'the systemd unit can never stay active',
  SERVICE_NOT_RUNNING: 'the service is not running at the end of the run',
  UNIT_MASKED: 'the systemd unit is masked',
  ID_TAKEN: 'another account already has the uid or gid',
  VALUE_MISSING: 'the value to report does not exist',
  PREREQUISITE_MISSING: 'the host does not have something that the state needs',
  SYSCTL_MISSING: 'this kernel does not have the setting',
  MYSQL_UNREACHABLE: 'MariaDB does not respond on its socket',
  MYSQL_REFUSED: 'MariaDB rejected a query',
  MYSQL_IS_REPLICA: 'the change must be made on the master, and this host is a replica',

  // virtual machines and their guard
  SET_MISSING: 'the kernel has no such nftables set',
  LIBVIRT_UNREACHABLE: 'libvirt does not respond',
  DOMAIN_TRANSIENT: 'the virtual machine is running without being defined',
  DOMAIN_NOT_MOVED: 'the virtual machine cannot be migrated to another hypervisor',
  VOLUME_UNFIT: 'the file is not the disk image that the state declares',
  MYSQL_ACCOUNT_MISSING: 'the MariaDB account does not exist',
  MYSQL_OTHER_MASTER: 'the host replicates from another server than configured',
  MYSQL_OWN_TRANSACTIONS: 'the host has data or transactions that its master does not have',
  MYSQL_REPLICATION_BROKEN: 'replication is configured correctly but not running',

  // role language
  KEY_RENAMED: 'a fleet file uses an old name of a key, path or verb',
  MIGRATION_IMPOSSIBLE: 'an old name in a fleet file cannot be renamed automatically',
  ROLE_INVALID: 'role.yml or states.yml has a key or value that is not allowed',
  INCLUDE_CIRCLE: 'roles include each other in a circle',
  EXPRESSION_INVALID: 'the expression is not valid',
  TEMPLATE_INVALID: 'the template is not valid',
  NAME_UNKNOWN: 'an expression uses a name that does not exist',
  SECRET_IN_EXPRESSION: 'an expression would reveal a secret',
  PILLAR_UNDECLARED: 'the role does not declare the pillar key',
  PILLAR_MISSING: 'a declared pillar key has no value',
  PILLAR_INVALID: 'a pillar value has the wrong type',
  ADDRESS_UNKNOWN: 'the minion has no trusted address, and a role needs one',
  ENTRY_WITHHELD: 'an inventory entry does not apply to a minion that chose its own id',
  ADDRESS_IN_USE: 'the address cannot be released: its minion is connected from it',
  ADDRESS_UNTRUSTED: 'an address or text is only reported by the minion and cannot be trusted',
  ADDRESS_NOT_HELD: 'no minion holds the address from its connection',
  SEALING_FAILED: 'the sealing key of the minion is not usable',
  EXPORT_PENDING: 'the minion has not reported the export yet',
  EXPORT_MISSING: 'no minion publishes the export',
  EXPORT_AMBIGUOUS: 'several minions publish the export',
  EXPORT_INVALID: 'an exported value has the wrong type',
  STATE_ARGUMENT_UNSUPPORTED: 'this global state argument is not implemented yet',
  SOURCE_TOO_LARGE: 'a file of a role is larger than the limit for its kind',
  FILE_CHANGED: 'a fleet file changed while it was being applied',
  SOURCE_MISSING: 'the role does not have the source file',
  REQUISITE_UNKNOWN: 'the requisite names no state',
  REQUISITE_AMBIGUOUS: 'the requisite matches several states',
  REQUISITE_CIRCLE: 'states require each other in a circle',
  SERVICE_CLAIMED_TWICE: 'two roles run the same service, and one can overwrite files of the other',
  SERVICE_SHARED: 'two roles run the same service and write separate files for it (a lint warning)',
  DECLARED_TWICE: 'two states declare the same thing differently',
  ID_TWICE: 'two states of one role have the same type and id',

  // the host
  NO_CATALOG: 'the minion has no cached catalog',
  RUN_INTERRUPTED: 'the minion was killed during the run',
  NOT_CONVERGED: 'the state was applied and would still change something',
  STATE_TIMEOUT: 'the state took longer than its timeout',
  PROGRAM_MISSING: 'the host does not have the program',
  OUTPUT_FAILED: 'the output could not be written to stdout',
  PROGRAM_CWD: 'the working directory of the program cannot be used',
  PROGRAM_NOT_EXECUTABLE: 'the file exists and cannot be executed',
  PROGRAM_TIMEOUT: 'the program did not end in time',
  PROGRAM_FAILED: 'the program ended with an error',
  RUN_CANCELLED: 'the run was cancelled',
  DOWNLOAD_FAILED: 'the file could not be downloaded',
  DOWNLOAD_MISMATCH: 'the downloaded file does not have the declared SHA-256',
  KEY_INVALID: 'the key file does not contain a private key',
  DISK_FULL: 'no space left on the disk',
  DESCRIPTORS_EXHAUSTED: 'no free file descriptor for a file, socket or program',
  FILE_UNWRITABLE: 'the path cannot be written',
  FILE_TOO_LARGE: 'the file is too large to be read as text',
  PATH_UNSAFE: 'a symbolic link of another user is part of the path',
  SYSTEMD_UNREACHABLE: 'systemd does not respond',
  PACKAGE_FAILED: 'apt or dpkg failed',
  CHECK_FAILED: 'the check_cmd of a state or a check of a role failed',
  OWNER_UNKNOWN: 'the owner or group does not exist on the host',
  MOUNT_TAKEN: 'another filesystem is mounted at the mount point',
  RULESET_INVALID: 'nft rejected the table',
  RULESET_UNREADABLE: 'nft cannot list the table',

  // programs, files and ports of a minion, used by an operator
  EXEC_REFUSED: 'the minion cannot start the program as requested',
  FILE_UNREADABLE: 'the file cannot be inspected or read',
  FORWARD_REFUSED: 'the connection to a port of the minion was refused or broke',

  // the shell
  SHELL_SYNTAX: 'the line is not valid in the shell',
  SHELL_REFUSED: 'the verb cannot be used in the shell',

  // schedule and delivery
  SCHEDULE_UNKNOWN: 'schedule.yml has no schedule with that name',
  SCHEDULE_BUSY: 'the previous scheduled run is still active',
  RECIPIENT_UNKNOWN: 'schedule.yml has no recipient with that name',
  DELIVERY_FAILED: 'a document could not be delivered',
  DOCUMENT_TOO_LARGE: 'the document is too large for its recipient',
  // runbooks
  RUNBOOK_UNKNOWN: 'there is no such runbook, or its run is over',
  RUNBOOK_INVALID: 'a runbook has a value that is not allowed',
  RUNBOOK_BUSY: 'the runbook is already running, or is past its final step',
  RUNBOOK_STEP_FAILED: 'a step of a runbook failed',

  // allocations
  ALLOCATION_EXHAUSTED: 'the whole range of the allocation is in use',
  ALLOCATION_OUTSIDE: 'a minion holds a value outside the range of the allocation',
  ALLOCATION_UNKNOWN: 'the minion does not hold such an allocation',
  ORPHAN_UNKNOWN: 'no minion of the target has reported such an orphan',

  // compliance
  COMPLIANCE_UNKNOWN: 'there is no such compliance report',

  // recordings
  SESSION_UNKNOWN: 'there is no session with that id',
  RECORDING_NONE: 'the session has no recording',
  RECORDING_ALTERED: 'the recording was edited or deleted',

  // sessions
  SESSION_REFUSED: 'the minion refused the session or cannot open it',
  SESSION_LIMIT: 'the session reached its time limit',
  SESSION_LOST: 'the connection to the minion, master or operator was lost',
  MINION_AWAY: 'the minion is offline',

  // operators
  RIGHT_DENIED: 'the operator does not have the right to do this',

  // link
  BLOB_REFUSED: 'the master refused content that no order for this minion references',

  // commit-confirm
  NOT_CONFIRMED: 'a change was not confirmed in time and was reverted',
  CONFIRM_IMPOSSIBLE: 'a change that must be confirmed could not be reverted, so it was not made',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** A single problem, safe to show and to send: never contains a secret. */
export interface Problem {
  readonly code: ErrorCode
  /** What was expected and what was found; values in backticks; no full stop. */
  readonly message: string
  /** An imperative sentence with something to type. */
  readonly hint?: string
  readonly source?: SourcePosition
  /** The source line, for the caret. */
  readonly excerpt?: string
  /** Related places, such as the first of two declarations. */
  readonly related?: readonly SourcePosition[]
}

/** A user's mistake or a refusal, with all problems that were found. Its stack is never shown. */
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

/** What can be shown of any thrown value: the problems of an AppError, otherwise one INTERNAL problem without a stack. */
export function problemsOf(thrown: unknown): readonly [Problem, ...Problem[]] {
  const full = withoutDescriptors(thrown)
  if (full !== undefined) return [full]
  if (thrown instanceof AppError) return thrown.problems
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return [
    { code: 'INTERNAL', message, hint: 'This is a bug in Saltern. Report it together with the log of the program.' },
  ]
}
