import { expect, it } from 'vitest'
import { renderKeys } from '../../../master/cli/render/keys.ts'
import { renderStatus } from '../../../master/cli/render/status.ts'
import { PLAIN } from '../../../master/cli/render/style.ts'
import type { ControlContext } from '../../../master/context.ts'
import type { KeyClaim } from '../../../master/keys/key-store.ts'
import { keysVerb, takenIds } from '../../../master/verbs/keys.ts'
import type { Fingerprint, MinionId } from '../../../protocol/ids.ts'
import { WELL } from '../cli/render/status-scenes.ts'
import { runVerb } from '../run-verb.ts'
import { openFixture } from '../store/fixture.ts'

function claim(minion: string, number: number): KeyClaim {
  const key = new Uint8Array(32).fill(number)
  return { minion: minion as MinionId, fingerprint: `SHA256:${number}` as Fingerprint, key, sealingKey: key }
}

it('a key that asks for an id already in use is shown in `keys list`, in `status` and in its event', async () => {
  const { store } = openFixture()
  const { keys } = store
  for (const one of [claim('db1', 1), claim('web1', 2)]) keys.addPending(one)
  keys.accept('db1' as MinionId, 'SHA256:1' as Fingerprint, 'root')
  keys.addPending(claim('db1', 3))
  const context = { keyStore: keys } as unknown as ControlContext
  const result = await runVerb(keysVerb, context, {})
  const events = store.log.read(0, 100).map(({ event }) => event)

  expect(renderKeys(result.keys, PLAIN)).toMatch(
    /^warning {2}another host asks for the id db1, which is taken: .*\(SHA256:3 asks, SHA256:1 is accepted\)$/m,
  )
  expect(renderKeys(result.keys, PLAIN)).not.toMatch(/web1.*taken/)
  expect(
    events.filter(({ type }) => type === 'key-pending').map(event => 'acceptedKey' in event && event.acceptedKey),
  ).toEqual([false, false, 'SHA256:1'])
  expect(takenIds(keys.list())).toEqual(['db1'])
  const minions = { accepted: 1, connected: 0, pending: 2, taken: takenIds(keys.list()), offline: [] }
  expect(renderStatus({ ...WELL, minions }, PLAIN)).toMatch(/id taken: another key is pending for db1\n +master keys$/m)
})

it('`keys list` names both hosts that use one key with their last times, or says how to find the copy', async () => {
  const { store } = openFixture()
  const { keys, minions } = store
  const [minion, fingerprint] = ['db1' as MinionId, 'SHA256:1' as Fingerprint]
  keys.addPending(claim('db1', 1))
  keys.accept(minion, fingerprint, 'root')
  keys.raiseCounter(minion, fingerprint, 5, '192.0.2.1')
  minions.connected({ minion, fingerprint, bootId: 'b', highestSequence: 0, address: '192.0.2.1' })
  keys.raiseCounter(minion, fingerprint, 5, '192.0.2.2')
  const { keys: rows } = await runVerb(keysVerb, { keyStore: keys, store } as unknown as ControlContext, {})
  const [row] = rows
  if (row === undefined) throw new Error('no key')
  const same = { ...row, cloneAddress: '192.0.2.1' }

  expect(renderKeys(rows, PLAIN)).toMatch(
    /: 192\.0\.2\.1 \(last online at [\d: -]+ UTC\) and 192\.0\.2\.2 \(refused at [\d: -]+ UTC\)\. Type/,
  )
  expect(renderKeys([same], PLAIN)).toMatch(
    /: one was refused at [\d: -]+ UTC from 192\.0\.2\.1; `minion status` shows this id and this fingerprint on both\. Type/,
  )
})
