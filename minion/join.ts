import { AppError } from '../protocol/errors.ts'
import { formatHostPort } from '../protocol/host-port.ts'
import type { Fingerprint, MinionId } from '../protocol/ids.ts'
import { parseJoinToken } from '../protocol/join-token.ts'
import { DEFAULT_PORT, loadConfig, parseMasterAddress, saveConfig } from './config.ts'
import { readBootId } from './grains/collect.ts'
import { identityFingerprint, loadIdentity } from './identity.ts'
import { loadBootMark } from './jobs/boot.ts'
import { connect, tlsExporter } from './link/connect.ts'
import { loadNumbers } from './link/durable-state.ts'
import { lockAgent } from './state/agent-lock.ts'

export interface JoinWish {
  readonly stateDirectory: string
  readonly id: MinionId
  readonly master: string
  /** The text of the token, or undefined to wait for an operator; then `root` is the key to trust. */
  readonly token: string | undefined
  readonly root: string | undefined
  /** Apply the highstate as soon as the agent runs, as after a boot. */
  readonly highstate: boolean
}

export interface Joined {
  readonly fingerprint: Fingerprint
  /** False when an operator must accept the fingerprint. */
  readonly accepted: boolean
}

const CLOCKS = { now: Date.now, elapsed: () => performance.now() }

/**
 * Shakes hands once and writes the minion's settings. A refused token changes nothing on this host. Throws STATE_LOCKED while
 * an agent uses the state directory.
 */
export async function joinFleet(wish: JoinWish, signal: AbortSignal): Promise<Joined> {
  const release = await lockAgent(wish.stateDirectory).catch(async (error: unknown) => {
    throw await explainLock(error, wish.stateDirectory)
  })
  try {
    return await shakeHands(wish, signal)
  } finally {
    await release()
  }
}

async function shakeHands(wish: JoinWish, signal: AbortSignal): Promise<Joined> {
  const { stateDirectory, id } = wish
  const address = parseMasterAddress(wish.master)
  const token = wish.token === undefined ? undefined : parseJoinToken(wish.token)
  const rootHash = token?.rootHash ?? parseRoot(wish.root)
  const identity = await loadIdentity(stateDirectory, id, { mayMake: true })
  const fingerprint = identityFingerprint(identity)
  const numbers = await loadNumbers(stateDirectory)
  let accepted = true
  try {
    const deps = { master: address, identity, rootHash, numbers, join: token, ...CLOCKS, exporter: tlsExporter }
    const { socket } = await connect(deps, signal)
    socket.terminate()
  } catch (error) {
    const pending = error instanceof AppError && error.code === 'HANDSHAKE_REFUSED' && token === undefined
    if (!pending) throw token === undefined ? error : explainRefusal(error, fingerprint)
    accepted = false
  }
  const root = Buffer.from(rootHash).toString('base64url')
  await saveConfig(stateDirectory, { id, master: address, root, bootWaitMs: 10_000 })
  // A host that joins while it is running has not booted under Saltern (docs/decisions.md, 1).
  if (!wish.highstate) await (await loadBootMark(stateDirectory, await readBootId())).done()
  return { fingerprint, accepted }
}

/** Points out that the host has already joined, since that explains the lock. */
async function explainLock(error: unknown, stateDirectory: string): Promise<unknown> {
  const joined = await loadConfig(stateDirectory).catch(() => undefined)
  if (!(error instanceof AppError) || error.code !== 'STATE_LOCKED' || joined === undefined) return error
  const master = formatHostPort(joined.master)
  return new AppError({
    code: 'STATE_LOCKED',
    message: `this host has joined ${master} as ${joined.id}, and its agent runs: ${error.problems[0].message}`,
    hint: 'See `minion status`. To join again, stop the agent first: `systemctl stop saltern-minion`.',
  })
}

/** The master does not give strangers a reason; the operator can see it on the master. */
function explainRefusal(error: unknown, fingerprint: string): unknown {
  if (!(error instanceof AppError) || error.code !== 'HANDSHAKE_REFUSED') return error
  return new AppError({
    ...error.problems[0],
    hint: `On the master, \`master join-token list\` shows whether the token is used up or expired and for which id it is; \`master keys\` shows the key of this host, ${fingerprint}.`,
  })
}

function parseRoot(text: string | undefined): Uint8Array {
  const [, base64] = /^SHA256:([A-Za-z0-9+/]{43})$/.exec(text ?? '') ?? []
  if (base64 !== undefined) return new Uint8Array(Buffer.from(base64, 'base64'))
  throw new AppError({
    code: 'USAGE',
    message:
      text === undefined
        ? 'neither a join token nor the fingerprint of the fleet root was given'
        : `\`${text.slice(0, 60)}\` is not a fingerprint`,
    hint: `Pipe a join token in: \`minion join --master HOST:${DEFAULT_PORT} < token\`, or give \`--root SHA256:...\` (see \`master status\`).`,
  })
}
