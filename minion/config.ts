import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod/mini'
import { AppError } from '../protocol/errors.ts'
import { type HostPort, parseHostPort } from '../protocol/host-port.ts'
import { isMinionId, type MinionId } from '../protocol/ids.ts'
import { writeState } from './state/state-file.ts'

/** Settings that a minion has before it ever connects: `<state>/minion.yml`, written by `minion join`. */
export interface MinionConfig {
  readonly id: MinionId
  readonly master: { readonly host: string; readonly port: number }
  /** The pin: SHA-256 of the fleet root's raw key, base64url. */
  readonly root: string
  /** How long a booting minion waits for its master before it uses the cached catalog, in milliseconds. */
  readonly bootWaitMs: number
  /** Sessions that operators may open on this minion, and how long they may last. */
  readonly sessions: SessionRules
}

export interface SessionRules {
  readonly terminal: boolean
  readonly exec: boolean
  /** Connections to the minion's loopback addresses; `tcpAnywhere` allows others too. */
  readonly tcp: boolean
  readonly tcpAnywhere: boolean
  readonly files: boolean
  /** Idle limit of a terminal, in either direction. */
  readonly idleMs: number
  /** Maximum duration of any session. */
  readonly totalMs: number
}

const duration = z.int().check(z.minimum(1000), z.maximum(30 * 24 * 3_600_000))

const rules = z.strictObject({
  terminal: z._default(z.boolean(), true),
  exec: z._default(z.boolean(), true),
  tcp: z._default(z.boolean(), true),
  tcpAnywhere: z._default(z.boolean(), false),
  files: z._default(z.boolean(), true),
  idleMs: z._default(duration, 60 * 60_000),
  totalMs: z._default(duration, 24 * 60 * 60_000),
})

/** Used when the file does not mention sessions. */
export const DEFAULT_RULES: SessionRules = rules.parse({})

export const DEFAULT_PORT = 7443
const FILE = 'minion.yml'

const schema = z.strictObject({
  id: z.string(),
  master: z.strictObject({
    host: z.string().check(z.minLength(1)),
    port: z.int().check(z.minimum(1), z.maximum(65_535)),
  }),
  root: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)),
  bootWaitMs: z._default(z.int().check(z.minimum(0), z.maximum(3_600_000)), 10_000),
  sessions: z._default(rules, DEFAULT_RULES),
})

/** Characters; a YAML parser takes seconds for large, nested input. */
const LARGEST = 64 * 1024

/** Loads the settings. Throws NOT_JOINED when there are none; CONFIG_INVALID names the key. */
export async function loadConfig(stateDirectory: string): Promise<MinionConfig> {
  const path = join(stateDirectory, FILE)
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AppError(
      {
        code: 'NOT_JOINED',
        message:
          cause.code === 'ENOENT'
            ? `there is no \`${path}\`: this host has not joined a fleet`
            : `cannot read \`${path}\`: ${cause.message}`,
        hint: 'Join with the line that `master join-token create` prints: `minion join --master HOST`.',
      },
      { cause },
    )
  })
  if (text.length > LARGEST) throw invalid(path, `it is larger than ${LARGEST / 1024} KiB`)
  let value: unknown
  try {
    value = parse(text)
  } catch (cause) {
    throw invalid(path, 'it is not YAML', cause)
  }
  const checked = schema.safeParse(value)
  if (!checked.success) throw invalid(path, `\`${checked.error.issues[0]?.path.join('.') ?? ''}\` is missing or wrong`)
  if (!isMinionId(checked.data.id)) throw invalid(path, `\`id\` is not a valid minion id`)
  const { host, port } = checked.data.master
  // A file edited by hand can have an IPv6 address in brackets.
  const master = parseHostPort(host, port)
  if (master === undefined || master.port !== port) throw invalid(path, '`master.host` is not a host name or address')
  return { ...checked.data, id: checked.data.id, master }
}

export async function saveConfig(stateDirectory: string, config: Omit<MinionConfig, 'sessions'>): Promise<void> {
  const path = join(stateDirectory, FILE)
  await writeState(path, `# Written by \`minion join\`.\n${stringify(config)}`)
}

/** Parses `host`, `host:port`, `[v6]:port`, `[v6]` or a bare IPv6 address. Throws USAGE for anything else. Pure. */
export function parseMasterAddress(text: string): HostPort {
  const address = parseHostPort(text, DEFAULT_PORT)
  if (address !== undefined) return address
  throw new AppError({
    code: 'USAGE',
    message: `the address of a master is \`host\`, \`host:port\` or \`[IPv6]:port\`, got ${JSON.stringify(text.slice(0, 80))}`,
    hint: `For example \`minion join --master master.example:${DEFAULT_PORT}\` or \`--master "[2001:db8::1]:${DEFAULT_PORT}"\`.`,
  })
}

function invalid(path: string, why: string, cause?: unknown): AppError {
  return new AppError(
    { code: 'CONFIG_INVALID', message: `\`${path}\`: ${why}`, hint: 'Join again: `minion join --master HOST`.' },
    { cause },
  )
}
