import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LinkClient } from '../../../minion/link/client.ts'
import { tlsExporter } from '../../../minion/link/connect.ts'
import { loadNumbers } from '../../../minion/link/durable-state.ts'
import { openOutbox } from '../../../minion/link/outbox.ts'
import type { RunId } from '../../../protocol/ids.ts'
import { encodeReport } from '../../../protocol/report-codec.ts'
import { until } from '../../journey/scene.ts'
import { type LinkScene, openLinkScene } from '../../master/link/link-scene.ts'
import { newReport, runId } from '../../master/store/rows.ts'

let scene: LinkScene
let stored: RunId[]
const stop = { current: new AbortController() }

beforeEach(async () => {
  stop.current = new AbortController()
  stored = []
  scene = await openLinkScene({ intake: { store: ({ run }) => void stored.push(run) } })
  const { socket } = await scene.connect('db1', { token: scene.token() })
  socket.terminate()
})
afterEach(async () => {
  stop.current.abort()
  await scene.close()
})

const QUIET = {
  onReady: async () => undefined,
  onMessage: () => undefined,
  onTried: () => undefined,
  onSetAside: async () => undefined,
  onLost: () => undefined,
}

async function deps(state: string): Promise<ConstructorParameters<typeof LinkClient>[0]> {
  return {
    master: { host: '127.0.0.1', port: scene.server.port },
    identity: await scene.identityOf('db1'),
    rootHash: scene.identity.rootHash,
    numbers: await loadNumbers(state),
    join: undefined,
    now: Date.now,
    elapsed: () => performance.now(),
    exporter: tlsExporter,
    outbox: openOutbox(join(state, 'outbox')),
    listener: QUIET,
    log: () => undefined,
    random: Math.random,
  }
}

it('the link of a minion sends no message of a newer version of the wire than the one that its master speaks', async () => {
  const state = join(scene.directory, 'db1')
  const sent: boolean[] = []
  const link = new LinkClient({
    ...(await deps(state)),
    listener: {
      ...QUIET,
      onReady: async connection => {
        sent.push(link.send({ type: 'pong', nonce: 1 }))
        // Version 0 is older than every message.
        Object.assign(connection, { version: 0 })
        sent.push(link.send({ type: 'pong', nonce: 2 }))
      },
    },
  })

  const ended = link.run(stop.current.signal)
  await until('the link is ready', () => sent.length === 2)
  stop.current.abort()
  await ended

  expect(sent).toEqual([true, false])
})

it('the link of a minion reads a report from disk once to offer it, to send it and to delete it', async () => {
  const state = join(scene.directory, 'db1')
  const outbox = openOutbox(join(state, 'outbox'))
  const reads: RunId[] = []
  await outbox.put(runId(1), encodeReport(newReport(1)))
  const link = new LinkClient({
    ...(await deps(state)),
    outbox: {
      ...outbox,
      read: run => {
        reads.push(run)
        return outbox.read(run)
      },
    },
  })

  const ended = link.run(stop.current.signal)
  await until('the outbox is empty', async () => (await outbox.list()).length === 0)
  stop.current.abort()
  await ended

  expect(stored).toEqual([runId(1)])
  expect(reads).toEqual([runId(1)])
})
