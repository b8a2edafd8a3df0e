import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { loadNumbers } from '../../minion/link/durable-state.ts'
import { minionId } from '../../protocol/ids.ts'
import { type LinkScene, openLinkScene } from '../master/link/link-scene.ts'

/** Threat 11: a machine that was cloned with its key, or a stolen key. */

const DB1 = minionId('db1')
let scene: LinkScene

beforeEach(async () => {
  scene = await openLinkScene()
})
afterEach(() => scene.close())

async function refused(connecting: Promise<unknown>): Promise<boolean> {
  return connecting.then(
    () => false,
    (error: { readonly code?: string }) => error.code === 'HANDSHAKE_REFUSED',
  )
}

/** Joins db1 and clones it while it is connected. */
async function cloned(): Promise<WebSocket> {
  const { socket } = await scene.connect('db1', { token: scene.token() })
  await cp(join(scene.directory, 'db1'), join(scene.directory, 'clone'), { recursive: true })
  return socket
}

async function accept(): Promise<void> {
  const key = scene.store.keys.accepted(DB1)
  if (key === undefined) throw new Error('db1 has no key')
  scene.store.keys.accept(DB1, key.fingerprint, 'root')
}

it('a second host with the same key raises the clone alarm, and both hosts are disconnected', async () => {
  const original = await cloned()
  const replaced = once(original, 'close')
  const { socket: clone } = await scene.connect('db1', { state: 'clone' })
  await replaced
  const shutOut = once(clone, 'close')

  expect(await refused(scene.connect('db1'))).toBe(true)
  await shutOut

  expect(scene.server.links.size).toBe(0)
  expect(scene.store.keys.accepted(DB1)?.cloneAlarmAt).toBeDefined()
  expect(scene.logged.at(-1)).toBe(
    'link-key-used-twice the connection counter 2 was seen before: two hosts have this key',
  )
  expect(scene.store.log.read(0, 1000).filter(({ event }) => event.type === 'clone-alarm')).toHaveLength(1)
})

it('cloned minions stay locked out until an operator decides, however often they connect', async () => {
  ;(await cloned()).terminate()
  ;(await scene.connect('db1', { state: 'clone' })).socket.terminate()

  for (let again = 0; again < 4; again++) {
    expect(await refused(scene.connect('db1'))).toBe(true)
    expect(await refused(scene.connect('db1', { state: 'clone' }))).toBe(true)
  }

  await accept()
  const { socket } = await scene.connect('db1')
  socket.terminate()
  expect(scene.store.keys.accepted(DB1)?.cloneAlarmAt).toBeUndefined()
})

it('cloned minions are not admitted with a token either', async () => {
  ;(await cloned()).terminate()
  ;(await scene.connect('db1', { state: 'clone' })).socket.terminate()
  expect(await refused(scene.connect('db1'))).toBe(true)

  expect(await refused(scene.connect('db1', { token: scene.token() }))).toBe(true)
})

it('a host that connects many times, or from two of its programs in turn, is not reported as a clone', async () => {
  ;(await scene.connect('db1', { token: scene.token() })).socket.terminate()
  // The agent has read its numbers; meanwhile `minion join` is run again.
  const agent = await loadNumbers(join(scene.directory, 'db1'))
  for (let again = 0; again < 3; again++) {
    ;(await scene.connect('db1')).socket.terminate()
    ;(await scene.connect('db1', { numbers: agent })).socket.terminate()
  }

  expect(scene.store.keys.accepted(DB1)?.cloneAlarmAt).toBeUndefined()
})
