import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { MinionLink } from '../../master/link/minion-link.ts'
import { runAgent } from '../../minion/agent.ts'
import { DEFAULT_RULES } from '../../minion/config.ts'
import { readBootId } from '../../minion/grains/collect.ts'
import { loadBootMark } from '../../minion/jobs/boot.ts'
import { minionId, newSessionId } from '../../protocol/ids.ts'
import type { SignedOrder } from '../../protocol/messages.ts'
import { type OpenOrderBody, signOrder } from '../../protocol/order.ts'
import { ed25519PrivateKey, keyHash } from '../../protocol/signature.ts'
import { until } from '../journey/scene.ts'
import { type LinkScene, openLinkScene } from '../master/link/link-scene.ts'

/** Threats 9 and 10, with real agents: an order is executed once, by the minion it is for, and only from an authorized master. */

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))

interface Agent {
  readonly logged: string[]
  stop(): Promise<void>
}

let scene: LinkScene
let directory: string
let sessions: Map<string, MinionLink>
let agents: Agent[]
let sequence = 0
const done = (): string => (existsSync(join(directory, 'done')) ? readFileSync(join(directory, 'done'), 'utf8') : '')

beforeEach(async () => {
  sessions = new Map()
  agents = []
  directory = await mkdtemp(join(tmpdir(), 'saltern-replay-'))
  scene = await openLinkScene({
    // The agent sends hello when it is ready for orders.
    listener: {
      greet: async session => void sessions.set(session.peer.minion, session),
      remove: session => void sessions.delete(session.peer.minion),
    },
  })
})
afterEach(async () => {
  for (const agent of agents) await agent.stop()
  await scene.close()
  await rm(directory, { recursive: true, force: true })
})

async function startAgent(id: string): Promise<Agent> {
  const state = join(scene.directory, id)
  if (scene.store.keys.accepted(minionId(id)) === undefined) {
    ;(await scene.connect(id, { token: scene.token() })).socket.terminate()
    await (await loadBootMark(state, await readBootId())).done()
  }
  const stop = new AbortController()
  const logged: string[] = []
  const running = runAgent(
    {
      stateDirectory: state,
      config: {
        id: minionId(id),
        master: { host: '127.0.0.1', port: scene.server.port },
        root: Buffer.from(scene.identity.rootHash).toString('base64url'),
        bootWaitMs: 0,
        sessions: DEFAULT_RULES,
      },
      version: '0.0.0',
      log: (event, data) => void logged.push(`${event} ${JSON.stringify(data)}`),
      ready: () => void logged.push('ready'),
      leave: new AbortController().signal,
    },
    stop.signal,
  )
  const agent = {
    logged,
    stop: async () => {
      stop.abort()
      await running
    },
  }
  agents.push(agent)
  await until(
    `${id} is here`,
    () => sessions.has(id),
    () => logged.join('\n'),
  )
  return agent
}

/** Creates an order of the most powerful kind: running a program as root. */
async function order(
  id: string,
  more: Partial<OpenOrderBody> = {},
  key = scene.identity.masterKey,
): Promise<SignedOrder> {
  const accepted = scene.store.keys.accepted(minionId(id))
  if (accepted === undefined) throw new Error(`${id} has not joined`)
  sequence += 1
  const body = {
    fleet: scene.identity.fleet,
    minionKey: keyHash(accepted.key),
    session: newSessionId(Date.now(), random),
    sequence,
    issuedAt: Date.now(),
    expiresAt: Date.now() + 60_000,
    ...more,
  }
  const argv = ['sh', '-c', `echo ${id} >> ${join(directory, 'done')}`]
  const payload = { kind: 'open', channel: sequence, operator: 'root', request: { kind: 'exec', argv } } as const
  return signOrder(key, body, payload)
}

function send(id: string, frame: SignedOrder): void {
  expect(sessions.get(id)?.send(frame)).toBe(true)
}

async function refusal(agent: Agent, id: string, frame: SignedOrder): Promise<string> {
  const before = agent.logged.length
  send(id, frame)
  const seen = (): string | undefined => agent.logged.slice(before).find(line => line.startsWith('order-refused'))
  await until(
    'the order is refused',
    () => seen() !== undefined,
    () => agent.logged.join('\n'),
  )
  return seen() ?? ''
}

it('a captured order runs once: not again on the same link, after a restart, or on another minion', async () => {
  const first = await startAgent('db1')
  const captured = await order('db1')
  send('db1', captured)
  await until('it was obeyed', () => done() === 'db1\n')

  expect(await refusal(first, 'db1', captured)).toMatch(/has sequence \d+, \d+ was already accepted: a replay/)

  await first.stop()
  await until('it is offline', () => !sessions.has('db1'))
  const again = await startAgent('db1')
  expect(await refusal(again, 'db1', captured)).toMatch(/a replay/)

  const other = await startAgent('db2')
  expect(await refusal(other, 'db2', captured)).toContain('the order is for another minion')
  expect(done()).toBe('db1\n')
})

it('a captured order that was never delivered is refused after it expired', async () => {
  const agent = await startAgent('db1')
  const late = await order('db1', { issuedAt: Date.now() - 61_000, expiresAt: Date.now() - 1000 })

  expect(await refusal(agent, 'db1', late)).toContain('the order expired at')
  // The next order is executed: the expired one used nothing up.
  send('db1', await order('db1'))
  await until('the next one was obeyed', () => done() === 'db1\n')
})

it('concurrent orders with the same sequence number run once, on a fresh and on a long-running agent', async () => {
  const agent = await startAgent('db1')
  for (let round = 1; round <= 3; round++) {
    const before = agent.logged.length
    const same = sequence + 1
    const frames = await Promise.all(Array.from({ length: 6 }, () => order('db1', { sequence: same })))
    for (const frame of frames) send('db1', frame)
    const replays = (): number => agent.logged.slice(before).filter(line => line.includes('a replay')).length
    await until(
      'all but one are refused',
      () => replays() === frames.length - 1 && done().length >= 'db1\n'.length * round,
      () => agent.logged.join('\n'),
    )

    expect(done()).toBe('db1\n'.repeat(round))
  }
})

it('an order that the master did not sign is refused and changes nothing', async () => {
  const agent = await startAgent('db1')
  const own = (await scene.identityOf('db1')).identityKey
  const unsigned = { ...(await order('db1')), signature: new Uint8Array(64) }

  for (const forged of [
    await order('db1', {}, own),
    await order('db1', {}, ed25519PrivateKey(random(32))),
    unsigned,
    await order('db1', { fleet: 'another-fleet' }),
  ]) {
    expect(await refusal(agent, 'db1', forged)).toMatch(
      /not signed by the master of this session|for the fleet `another-fleet`/,
    )
  }

  expect(done()).toBe('')
  expect(sessions.has('db1')).toBe(true)
})
