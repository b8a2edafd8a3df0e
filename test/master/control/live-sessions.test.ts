import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Conductor } from '../../../master/control/conductor.ts'
import { createSessions } from '../../../master/control/sessions.ts'
import type { Session } from '../../../master/link/session.ts'
import { minionId } from '../../../protocol/ids.ts'
import type { FromMaster } from '../../../protocol/messages.ts'

/** A link whose other side is the test. */
function link(id: string, sent: FromMaster[]): Session {
  return {
    peer: { minion: minionId(id), fingerprint: 'SHA256:x' },
    send: (message: FromMaster) => !!sent.push(message),
  } as never
}

it('a minion that answers the ping of another is not heard', async () => {
  const nobody = new Proxy({}, { get: () => () => undefined })
  const sessions = createSessions({
    fleet: 'f',
    masterKey: generateKeyPairSync('ed25519').privateKey,
    keys: { accepted: () => undefined },
    minions: nobody as never,
    now: Date.now,
    warn: () => undefined,
    heard: () => nobody as Conductor,
    channels: () => nobody as never,
    boot: async () => undefined,
  })
  const sent: FromMaster[] = []
  const [silent, liar] = [link('silent', sent), link('liar', [])]
  for (const session of [silent, liar]) {
    sessions.add(session)
    sessions.hear(session, { type: 'hello', bootId: 'b', highestSequence: 0 } as never)
  }
  let answered = false
  const pinged = sessions.ping(minionId('silent')).then(ms => {
    answered = true
    return ms
  })
  const [ping] = sent
  if (ping?.type !== 'ping') throw new Error('no ping was sent')

  sessions.hear(liar, { type: 'pong', nonce: ping.nonce })
  await Promise.resolve()
  expect(answered).toBe(false)
  sessions.hear(silent, { type: 'pong', nonce: ping.nonce })
  expect(await pinged).toBeGreaterThanOrEqual(0)
})
