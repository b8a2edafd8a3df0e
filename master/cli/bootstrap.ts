import { readdir, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../protocol/errors.ts'
import { isMinionId, type MinionId, newMinionId } from '../../protocol/ids.ts'
import type { ApiClient } from '../api/client.ts'
import type { CliContext } from './context.ts'
import type { Invocation } from './invocation.ts'
import { dataText, isData } from './output.ts'
import { interrupted, openRemote, type Remote, sshArgv } from './remote-host.ts'
import { safe } from './render/style.ts'

type Wish = Extract<Invocation, { readonly kind: 'bootstrap' }>

/** Output of `master bootstrap --json`. */
interface BootstrapResult {
  readonly host: string
  readonly minion: string
  /** Version of the minion's package. */
  readonly version: string
  /** Address of the master that the minion connects to. */
  readonly master: string
}

interface Deps extends CliContext {
  /** Directory of the minion packages shipped with the master. */
  readonly packages: string
  /** Opens the connection to the host; the system's ssh by default. */
  readonly reach?: (wish: Wish, signal: AbortSignal) => Remote
}

const COMES_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 500
/** Long enough to upload a large package over a slow line. */
const TOKEN_LIVES_MS = 20 * 60_000

/**
 * Installs a minion over ssh: inspects the host, installs the package, joins it with a token sent over stdin, and waits until
 * it is online.
 */
export async function bootstrap(deps: Deps, wish: Wish): Promise<number> {
  const { host, view } = wish
  const say = (words: string): void => {
    if (!view.quiet && !isData(view)) deps.err(`${safe(host)}: ${words}\n`)
  }
  const api = deps.connect(wish.socket)
  const remote = (deps.reach ?? openRemote)(wish, deps.signal)
  // Reject an invalid host first, whatever the id would be.
  sshArgv(wish, '')
  const id = newMinionId(wish.id ?? idOf(host))
  const facts = await remote.look()
  if (facts.joined) {
    throw failed(
      host,
      'it has already joined a fleet',
      'See `minion status` on the host. To join it again, run `apt-get purge saltern-minion` on the host and `master keys revoke` here.',
    )
  }
  await refuseTaken(api, id, host)
  const deb = wish.package ?? (await packageFor(deps.packages, facts.architecture, host))
  const { size } = await stat(deb).catch((cause: NodeJS.ErrnoException) => {
    throw failed(
      host,
      `the package \`${deb}\` cannot be read: ${cause.message}`,
      'Give the package: `--package FILE`.',
      cause,
    )
  })
  const token = await api.call('token-create', {
    minion: id,
    roles: [...wish.roles],
    ttlMs: TOKEN_LIVES_MS,
    ...(wish.level === undefined ? {} : { level: wish.level }),
  })
  try {
    say(`installing the minion (${Math.ceil(size / 1_000_000)} MB)`)
    const version = await remote.install(deb)
    const master = wish.master ?? (token.isGuess ? seenFrom(facts.seenFrom, token.master) : token.master)
    say(`joining ${id} to ${master}`)
    await remote.join(master, id, token.token)
    await here(api, id, host, deps.signal)
    const result: BootstrapResult = { host, minion: id, version, master }
    deps.out(isData(view) ? dataText(result, view) : `${id} is online, version ${safe(version)}\n`)
    return 0
  } catch (thrown) {
    // Used or not, the token must not stay valid.
    await api.call('token-revoke', { token: token.id }).catch(() => undefined)
    throw thrown
  }
}

/**
 * Derives the id from the host name that the operator typed: its first label. Never from what the host reports, which would let
 * it choose its inventory entries, and so its roles. Throws BOOTSTRAP_FAILED for an address. Pure.
 */
function idOf(host: string): MinionId {
  const [label = ''] = host.toLowerCase().split('.')
  if (isIP(host.replace(/%.*$/, '')) === 0 && isMinionId(label)) return label
  throw failed(
    host,
    'expected a host name whose first label is a valid minion id, found an address or another name',
    'Give the id: `--id db1`.',
  )
}

/** The address of this machine as the host sees it, with the port that the master listens on. */
function seenFrom(address: string | undefined, master: string): string {
  if (address === undefined) return master
  const port = master.slice(master.lastIndexOf(':') + 1)
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/**
 * Refuses an id that is in use: the existing minion would answer in place of this host. Without the right to list keys, the
 * handshake reports it.
 */
async function refuseTaken(api: ApiClient, id: MinionId, host: string): Promise<void> {
  const { keys } = await api.call('keys', {}).catch(() => ({ keys: [] }))
  if (!keys.some(({ minion, state }) => minion === id && state === 'accepted')) return
  throw failed(
    host,
    `there is already a minion ${id}`,
    `Choose another id with \`--id ID\`. If this host replaces the other one, run \`master keys revoke ${id}\` first.`,
  )
}

async function packageFor(directory: string, architecture: string, host: string): Promise<string> {
  const names = await readdir(directory).catch(() => [])
  const name = names.find(one => one.startsWith('saltern-minion_') && one.endsWith(`_${architecture}.deb`))
  if (name !== undefined) return join(directory, name)
  throw failed(
    host,
    `this master was installed without a minion package for \`${architecture}\``,
    'Build one with `npm run package -- --arch arm64`, and give it with `--package FILE`.',
  )
}

async function here(api: ApiClient, id: MinionId, host: string, signal: AbortSignal): Promise<void> {
  const end = Date.now() + COMES_WITHIN_MS
  for (;;) {
    const { answers } = await api.call('ping', { target: `id=${id}` })
    if (answers.some(({ ok }) => ok)) return
    if (Date.now() > end) {
      throw failed(
        host,
        `${id} has joined, but its agent did not connect within a minute`,
        'On the host, see `journalctl -u saltern-minion`.',
      )
    }
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
      throw interrupted({ host })
    })
  }
}

function failed(host: string, why: string, hint: string, cause?: unknown): AppError {
  return new AppError(
    { code: 'BOOTSTRAP_FAILED', message: `${host}: ${why}`, hint },
    cause === undefined ? {} : { cause },
  )
}
