import { expect, it } from 'vitest'
import type { ControlContext } from '../../../master/context.ts'
import { keyVerbs } from '../../../master/verbs/keys.ts'
import type { Fingerprint, MinionId } from '../../../protocol/ids.ts'
import { runVerb } from '../run-verb.ts'
import { openFixture } from '../store/fixture.ts'

it('`keys accept` refuses a pending key under a target word, which could be selected by mistake', async () => {
  const { store } = openFixture()
  const key = new Uint8Array(32).fill(1)
  const fingerprint = 'SHA256:1' as Fingerprint
  const minion = 'online' as MinionId
  store.keys.addPending({ minion, fingerprint, key, sealingKey: key })
  const accept = keyVerbs.find(({ name }) => name === 'key-accept')
  if (accept === undefined) throw new Error('there is no verb key-accept')
  const context = { keyStore: store.keys } as unknown as ControlContext

  await expect(runVerb(accept as never, context, { id: 'online' } as never)).rejects.toThrow(
    '`online` is a target word, so no minion can join by this id',
  )
  expect(store.keys.get(minion, fingerprint)?.state).toBe('pending')
})
