import { expect, it, vi } from 'vitest'
import type { ControlContext } from '../../../master/context.ts'
import type { KeyClaim } from '../../../master/keys/key-store.ts'
import { doctorVerbs } from '../../../master/verbs/doctor.ts'
import type { Fingerprint, MinionId } from '../../../protocol/ids.ts'
import { runVerb } from '../run-verb.ts'
import { openFixture } from '../store/fixture.ts'

const [doctorVerb] = doctorVerbs
const NOW = Date.parse('2026-11-28T03:00:00.000Z')

it('doctor judges certificates of accepted minions only, and reads no runs for them', async () => {
  const { store } = openFixture()
  for (const [at, minion] of ['db1', 'gone'].entries()) {
    const [id, fingerprint] = [minion as MinionId, `SHA256:${at}` as Fingerprint]
    const key = new Uint8Array(32).fill(at + 1)
    store.keys.addPending({ minion: id, fingerprint, key, sealingKey: key } as KeyClaim)
    store.keys.accept(id, fingerprint, 'root')
    const notAfter = minion === 'db1' ? '2027-11-21T10:00:00.000Z' : '2026-11-22T10:00:00.000Z'
    store.certificates.save({ minion: id, name: 'server', certificate: 'c', sealedKey: 'k', notAfter })
  }
  const context = {
    store,
    keyStore: store.keys,
    now: () => NOW,
    facts: {
      version: '1',
      pid: 1,
      startedAt: '2026-11-21T02:00:00.000Z',
      listen: '127.0.0.1:1',
      advertised: { address: 'm:1', isGuess: false },
    },
    fleetReader: { read: () => Promise.reject(new Error('not needed')) },
  } as unknown as ControlContext
  const gauges = vi.spyOn(store, 'gauges')
  const hosts = async () => {
    const { checks } = await runVerb(doctorVerb, context, {})
    return checks.find(({ subject, check }) => subject === 'certificates' && check === 'hosts')
  }

  expect(await hosts()).toMatchObject({ status: 'warning', action: 'Type `master apply gone`.' })
  store.keys.revoke('gone' as MinionId, 'SHA256:1' as Fingerprint, 'root')
  expect(await hosts()).toMatchObject({ status: 'ok', found: '1 certificate of a host' })
  expect(gauges).not.toHaveBeenCalled()
})
