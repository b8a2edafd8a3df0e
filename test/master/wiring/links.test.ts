import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Dispatcher } from '../../../master/jobs/dispatcher-port.ts'
import type { MinionLink } from '../../../master/link/minion-link.ts'
import { LiveLinks } from '../../../master/wiring/links.ts'
import { type MinionId, minionId } from '../../../protocol/ids.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import type { FromMaster } from '../../../protocol/messages.ts'

/** A link with the test on the other side. */
function link(id: string, sent: FromMaster[]): MinionLink {
  return {
    peer: { minion: minionId(id), fingerprint: 'SHA256:x' },
    send: (message: FromMaster) => !!sent.push(message),
  } as never
}

/** Links of a master whose other parts do nothing. */
function linksWith(arrived: (minion: MinionId, address: string) => void): LiveLinks {
  const nobody = new Proxy({}, { get: () => () => undefined })
  return new LiveLinks({
    metrics: { countSession: () => undefined },
    fleet: 'f',
    masterKey: generateKeyPairSync('ed25519').privateKey,
    keys: { accepted: () => undefined },
    minions: nobody as never,
    commits: {
      add: (work, after) => {
        const value = work()
        after(() => value)
      },
      run: async work => work(),
    },
    now: Date.now,
    warn: () => undefined,
    heard: () => nobody as Dispatcher,
    channels: () => nobody as never,
    arrived,
    boot: async () => undefined,
  })
}

it('an answer to the ping of another minion is ignored', async () => {
  const links = linksWith(() => undefined)
  const sent: FromMaster[] = []
  const [silent, liar] = [link('silent', sent), link('liar', [])]
  for (const link of [silent, liar]) {
    links.add(link)
    await links.greet(link, { type: 'hello', bootId: 'b', highestSequence: 0 } as never)
  }
  let answered = false
  const pinged = links.ping(minionId('silent')).then(ms => {
    answered = true
    return ms
  })
  const [ping] = sent
  if (ping?.type !== 'ping') throw new Error('no ping was sent')

  links.hear(liar, { type: 'pong', nonce: ping.nonce })
  await Promise.resolve()
  expect(answered).toBe(false)
  links.hear(silent, { type: 'pong', nonce: ping.nonce })
  expect(await pinged).toBeGreaterThanOrEqual(0)
})

it('a minion takes the window that its hello announced until its link is gone, and an older one the smallest', async () => {
  const links = linksWith(() => undefined)
  const [newer, older] = [link('newer', []), link('older', [])]
  for (const one of [newer, older]) links.add(one)
  await links.greet(newer, { type: 'hello', bootId: 'b', highestSequence: 0, window: 3_000_000 } as never)
  await links.greet(older, { type: 'hello', bootId: 'b', highestSequence: 0 } as never)

  expect(links.largestWindow(minionId('newer'))).toBe(3_000_000)
  expect(links.largestWindow(minionId('older'))).toBe(LIMITS.channelWindowBytes)
  links.remove(newer)
  expect(links.largestWindow(minionId('newer'))).toBe(LIMITS.channelWindowBytes)
})

it('the hello of a minion is reported with the address of its own connection', async () => {
  const arrived: string[] = []
  const links = linksWith((minion, address) => arrived.push(`${minion} ${address}`))
  const one = Object.assign(link('db1', []), { address: '10.0.0.5' })

  links.add(one)
  expect(arrived).toEqual([])
  await links.greet(one, { type: 'hello', bootId: 'b', highestSequence: 0, grains: { ip4: '10.0.0.1' } } as never)

  expect(arrived).toEqual(['db1 10.0.0.5'])
})
