import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { LinkClient } from '../../minion/link/client.ts'
import { tlsExporter } from '../../minion/link/connect.ts'
import type { LinkNumbers } from '../../minion/link/durable-state.ts'
import { minionId } from '../../protocol/ids.ts'
import { type JoinToken, parseJoinToken } from '../../protocol/join-token.ts'
import { Scene, until } from '../../test/journey/scene.ts'
import { GRAINS } from '../../test/master/compile/compile-scene.ts'
import { type Finding, median, round, timeOf } from './measure.ts'
import { residentMebibytes } from './processes.ts'

/** As many as one address may connect within a minute (LIMITS.connectionsPerSecond). */
const MINIONS = 500

/** Connects simulated minions in this process over real links to a real master. */
export async function benchManyMinions(): Promise<readonly Finding[]> {
  const scene = new Scene()
  const stop = new AbortController()
  try {
    await scene.makeFleet({ 'inventory.yml': '"m*": {roles: [], level: staging}\n' })
    await scene.startMaster()
    const token = parseJoinToken(await scene.must(['join-token', 'create', '--id', 'm*', '--uses', String(MINIONS)]))
    let online = 0
    const port = Number(scene.address.split(':')[1])
    const links = Array.from({ length: MINIONS }, (_, index) => {
      return simulate({ index, port, token, online: () => (online += 1) }).run(stop.signal)
    })
    // Measure the second half only: the fixed cost of a master is included by then.
    await until(
      'half of the minions are here',
      () => online >= MINIONS / 2,
      () => `${online} of ${MINIONS}`,
      120_000,
    )
    const [half, before] = [online, residentMebibytes(scene.pid('master'))]
    await until(
      'all minions are here',
      () => online === MINIONS,
      () => `${online} of ${MINIONS}`,
      120_000,
    )
    await scene.must(['ping', '*'])
    const each = ((residentMebibytes(scene.pid('master')) - before) * 1024) / (MINIONS - half)
    const pings: number[] = []
    for (let turn = 0; turn < 5; turn++) pings.push(await timeOf(() => scene.must(['ping', '*'])))
    online = 0
    await scene.kill('master')
    await scene.startMaster()
    const back = await timeOf(() =>
      until(
        'all minions are back',
        () => online === MINIONS,
        () => `${online} of ${MINIONS}`,
        120_000,
      ),
    )
    stop.abort()
    await Promise.all(links)
    return [
      {
        what: `memory of the master for each of ${MINIONS} minions`,
        measured: `${round(each)} KiB`,
        budget: '64 KiB',
        ok: each < 64,
      },
      {
        what: `\`master ping '*'\`, ${MINIONS} minions, the whole process`,
        measured: `${round(median(pings))} ms`,
        budget: '2 s with 10,000',
        ok: median(pings) < 2000,
      },
      {
        what: `all ${MINIONS} back after a kill -9 of the master (one address: 20 a second at most)`,
        measured: `${round(back / 1000)} s`,
        budget: '30 s with 10,000 addresses',
        ok: back < 30_000,
      },
    ]
  } finally {
    stop.abort()
    await scene.close()
  }
}

interface Simulated {
  readonly index: number
  readonly port: number
  readonly token: JoinToken
  readonly online: () => void
}

function simulate({ index, port, token, online }: Simulated): LinkClient {
  const id = minionId(`m${index}`)
  let current: LinkNumbers = { counter: 0, sequence: 0, epoch: 0, masterKey: undefined }
  const link: LinkClient = new LinkClient({
    master: { host: '127.0.0.1', port },
    identity: {
      id,
      identityKey: generateKeyPairSync('ed25519').privateKey,
      sealingKey: generateKeyPairSync('x25519').privateKey,
    },
    rootHash: token.rootHash,
    numbers: {
      get current() {
        return current
      },
      nextCounter: () => Promise.resolve(current.counter + 1),
      update: change => {
        current = { ...current, ...change }
        return Promise.resolve()
      },
    },
    join: token,
    now: Date.now,
    elapsed: () => performance.now(),
    exporter: tlsExporter,
    outbox: {
      list: () => Promise.resolve([]),
      read: () => Promise.resolve(undefined),
      put: () => Promise.resolve(),
      replace: () => Promise.resolve(),
      hold: () => Promise.resolve(),
      delete: () => Promise.resolve(),
      setAside: () => Promise.resolve({ written: [], left: [], dropped: [] }),
      setAsideAgain: () => Promise.resolve({ written: [], left: [], dropped: [] }),
      isInMemory: () => false,
      refused: () => Promise.resolve([]),
    },
    random: () => randomBytes(4).readUInt32BE() / 2 ** 32,
    log: () => undefined,
    listener: {
      onReady: () => {
        const hello = { grains: { ...GRAINS, hostname: id }, bootId: 'b', stateTypes: {}, highestSequence: 0, runs: [] }
        link.send({ type: 'hello', ...hello })
        online()
        return Promise.resolve()
      },
      onMessage: () => undefined,
      onTried: () => undefined,
      onSetAside: () => Promise.resolve(),
      onLost: () => undefined,
    },
  })
  return link
}
