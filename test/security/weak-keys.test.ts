import { afterEach, beforeEach, expect, it } from 'vitest'
import { minionId } from '../../protocol/ids.ts'
import { rawPublicKey, x25519PublicKey } from '../../protocol/signature.ts'
import { type LinkScene, openLinkScene } from '../master/link/link-scene.ts'

/** An all-zero sealing key was once accepted, and every later job with a secret for that minion failed completely. */

const DB1 = minionId('db1')
const ZEROS = x25519PublicKey(new Uint8Array(32))
const REFUSED = 'link-refused the sealing key of `db1` is weak: anyone could decrypt what is encrypted for it'

let scene: LinkScene

beforeEach(async () => {
  scene = await openLinkScene()
})
afterEach(() => scene.close())

it('a minion with a weak sealing key does not join: its token stays unused, and the log says why', async () => {
  const token = scene.token()

  await expect(scene.connect('db1', { token, sealingKey: ZEROS })).rejects.toMatchObject({
    code: 'HANDSHAKE_REFUSED',
  })

  expect(scene.logged).toEqual([REFUSED])
  expect(scene.store.keys.list()).toEqual([])
  expect(scene.store.keys.tokens()[0]?.used).toBe(0)
  ;(await scene.connect('db1', { token })).socket.terminate()
  expect(scene.store.keys.accepted(DB1)?.state).toBe('accepted')
})

it('an accepted minion that presents a weak sealing key is refused, and its stored good key is kept', async () => {
  ;(await scene.connect('db1', { token: scene.token() })).socket.terminate()
  const before = scene.store.keys.accepted(DB1)?.sealingKey

  await expect(scene.connect('db1', { sealingKey: ZEROS })).rejects.toMatchObject({ code: 'HANDSHAKE_REFUSED' })

  expect(scene.logged).toEqual([REFUSED])
  expect(scene.store.keys.accepted(DB1)?.sealingKey).toEqual(before)
})

it('a weak sealing key stored by an older master is replaced by the first connection with a good one', async () => {
  ;(await scene.connect('db1', { token: scene.token() })).socket.terminate()
  const key = scene.store.keys.accepted(DB1)
  if (key === undefined) throw new Error('db1 has not joined')
  scene.store.keys.saveSealingKey(DB1, key.fingerprint, rawPublicKey(ZEROS))
  ;(await scene.connect('db1')).socket.terminate()

  expect(scene.store.keys.accepted(DB1)?.sealingKey).toEqual(key.sealingKey)
})
