import { accessSync, constants, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { AppError } from '../protocol/errors.ts'
import { LIMITS } from '../protocol/limits.ts'
import { operatorSocketPath } from './api/operator-path.ts'
import type { StartFlags } from './cli/invocation.ts'
import type { FileSettings } from './config-file.ts'
import { DEFAULT_REPORT_RULE, type ReportRule } from './link/report-rule.ts'
import type { RetentionRule } from './recordings/retention.ts'
import { decodeText } from './yaml/encoding.ts'

/** Configuration of a master. */
export interface MasterConfig {
  readonly fleet: string
  readonly state: string
  readonly listen: { readonly host: string; readonly port: number }
  /** The address that minions connect to, when it differs from where the master listens. */
  readonly address: string | undefined
  readonly socket: string
  /** Address for Prometheus; undefined disables it. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  readonly name: string
  /** Sources of connections that do not belong to one minion. */
  readonly sharedAddresses: readonly string[]
  /** Starts with an empty store although the state directory had one; only available as a flag. */
  readonly newStore: boolean
  /** How long recordings of terminal sessions are kept. */
  readonly recordings: RetentionRule
  /** Milliseconds after which an undecided pending key is deleted. */
  readonly pendingKeysMs: number
  readonly reports: ReportRule
}

export interface Environment {
  readonly [name: string]: string | undefined
}

export const CONFIG_FILE = '/etc/saltern/master.yml'
const DEFAULT_SOCKET = '/run/saltern/master.sock'
export const DEFAULT_FLEET = '/srv/fleet'
const DEFAULTS = { fleet: DEFAULT_FLEET, state: '/var/lib/saltern/master', listen: '0.0.0.0:7443', name: 'master' }

/**
 * Loads the configuration: flags override the environment, which overrides the file, which overrides defaults. Throws
 * CONFIG_INVALID.
 */
export async function loadConfig(
  flags: StartFlags,
  environment: Environment,
  file = CONFIG_FILE,
): Promise<MasterConfig> {
  return configFrom(readSettings(file), file, flags, environment)
}

/** Builds the configuration from the text of a settings file, such as one in a backup. Pure. */
export async function configFrom(
  text: string,
  file: string,
  flags: StartFlags,
  environment: Environment,
): Promise<MasterConfig> {
  const settings = await settingsIn(text, file)
  const state = flags.state ?? environment['SALTERN_STATE'] ?? settings.state ?? DEFAULTS.state
  const metrics = environment['SALTERN_METRICS'] ?? settings.metrics
  // A master with its own state directory also has its own socket.
  const ownState = flags.state !== undefined || environment['SALTERN_STATE'] !== undefined
  return {
    fleet: flags.fleet ?? environment['SALTERN_FLEET'] ?? settings.fleet ?? DEFAULTS.fleet,
    state,
    newStore: flags.newStore === true,
    listen: parseListen(flags.listen ?? environment['SALTERN_LISTEN'] ?? settings.listen ?? DEFAULTS.listen),
    address: settings.address,
    socket:
      flags.socket ??
      environment['SALTERN_SOCKET'] ??
      settings.socket ??
      (ownState ? join(state, 'master.sock') : DEFAULT_SOCKET),
    metrics: metrics === undefined ? undefined : parseListen(metrics),
    name: settings.name ?? DEFAULTS.name,
    sharedAddresses: settings.shared_addresses ?? [],
    recordings: retentionOf(settings.recordings),
    pendingKeysMs: amountOf(settings.pending_keys ?? '7d'),
    reports: reportRuleOf(settings.reports),
  }
}

/** Finds the socket for the CLI: the main socket, or the operator's own if they may not use that one. */
export async function socketOf(
  flag: string | undefined,
  environment: Environment,
  file = CONFIG_FILE,
): Promise<string> {
  const { socket } = await loadConfig(flag === undefined ? {} : { socket: flag }, environment, file)
  if (flag !== undefined || environment['SALTERN_SOCKET'] !== undefined || mayOpen(socket)) return socket
  const own = operatorSocketPath(operatorDirectory(socket), userInfo().username)
  return mayOpen(own) ? own : socket
}

const UNITS: { readonly [unit: string]: number } = { h: 3_600_000, d: 86_400_000, M: 1024 ** 2, G: 1024 ** 3 }

function retentionOf({ keep = '90d', size = '5G' }: NonNullable<FileSettings['recordings']> = {}): RetentionRule {
  return { ageMs: amountOf(keep), bytes: amountOf(size) }
}

function reportRuleOf({ max, unordered_size, unordered_count }: NonNullable<FileSettings['reports']> = {}): ReportRule {
  return {
    // Whatever is configured, a blob on the link has its own limit.
    maxBytes: Math.min(max === undefined ? DEFAULT_REPORT_RULE.maxBytes : amountOf(max), LIMITS.blobBytes),
    unorderedBytes: unordered_size === undefined ? DEFAULT_REPORT_RULE.unorderedBytes : amountOf(unordered_size),
    unorderedCount: unordered_count ?? DEFAULT_REPORT_RULE.unorderedCount,
  }
}

/** Converts a duration to milliseconds, or a size to bytes. */
function amountOf(text: string): number {
  return Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? Number.NaN)
}

function mayOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Computes the directory of the operators' sockets. Pure. */
export function operatorDirectory(mainSocket: string): string {
  return join(dirname(mainSocket), 'operators')
}

/** Parses `0.0.0.0:7443` or `[::]:7443`. */
function parseListen(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host !== undefined && Number(port) < 65_536) return { host, port: Number(port) }
  throw new AppError({
    code: 'CONFIG_INVALID',
    message: `a listen address must be \`ADDRESS:PORT\`, got \`${text.slice(0, 80)}\``,
    hint: 'For example, write `--listen 0.0.0.0:7443`.',
  })
}

/** Reads without waiting: each command does, and node:fs/promises takes longer to load. */
function readSettings(file: string): string {
  try {
    return decodeText(readFileSync(file), file)
  } catch (cause) {
    // A user who may not read the file cannot start that master, and to call it, the socket is enough.
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return ''
    throw cause
  }
}

/** Parses settings. A file with only comments, as the package ships it, loads no parser, so that commands start quickly. */
async function settingsIn(text: string, file: string): Promise<FileSettings> {
  if (!/^\s*[^#\s]/m.test(text)) return {}
  const { parseSettings } = await import('./config-file.ts')
  return parseSettings(text, file)
}
