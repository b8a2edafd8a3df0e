import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { minionId } from '../../protocol/ids.ts'
import { openLinkScene } from '../master/link/link-scene.ts'

/** Threat 29, in windows of a millisecond: a key that is revoked while its minion connects. */

const DB1 = minionId('db1')

it('a key revoked during its handshake is not admitted', async () => {
  let revoke = (): void => undefined
  // The master draws random bytes for its hello, before the proof arrives.
  const random = (size: number): Uint8Array => {
    revoke()
    return new Uint8Array(randomBytes(size))
  }
  const scene = await openLinkScene({ random })
  try {
    ;(await scene.connect('db1', { token: scene.token() })).socket.terminate()
    const fingerprint = scene.store.keys.accepted(DB1)?.fingerprint
    if (fingerprint === undefined) throw new Error('db1 has not joined')
    revoke = () => {
      scene.store.keys.revoke(DB1, fingerprint, 'test')
    }

    await expect(scene.connect('db1')).rejects.toMatchObject({ code: 'HANDSHAKE_REFUSED' })

    expect(scene.logged).toEqual(['link-refused the key is revoked'])
    expect(scene.server.links.has(DB1)).toBe(false)
  } finally {
    await scene.close()
  }
})

it('a key revoked after its proof and before its first message is disconnected', async () => {
  const gone: string[] = []
  const scene = await openLinkScene({
    listener: {
      add: session => scene.server.disconnect(session.peer.minion, 'revoked'),
      remove: (_session, reason) => void gone.push(reason),
    },
  })
  try {
    const { socket } = await scene.connect('db1', { token: scene.token() })
    socket.resume()

    await expect.poll(() => socket.readyState).toBe(socket.CLOSED)
    expect(gone).toEqual(['revoked'])
    expect(scene.server.links.size).toBe(0)
  } finally {
    await scene.close()
  }
})
