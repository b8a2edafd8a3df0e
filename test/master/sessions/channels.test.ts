import { expect, it } from 'vitest'
import { createChannels } from '../../../master/sessions/channels.ts'
import { minionId } from '../../../protocol/ids.ts'
import { LIMITS } from '../../../protocol/limits.ts'

const [M1, M2] = [minionId('m1'), minionId('m2')]

it('the sessions of a minion are counted until they have ended', async () => {
  const channels = createChannels({ send: () => true })
  const wish = { near: 0, window: LIMITS.channelWindowBytes, toOperator: () => undefined, order: () => true }
  const open = (minion: typeof M1) => channels.open({ minion, ...wish })
  const counts = (): readonly number[] => [channels.countOf(M1), channels.countOf(M2)]

  const relays = [open(M1), open(M1), open(M2)]
  expect(counts()).toEqual([2, 1])
  channels.lost(M1)
  await Promise.all(relays.slice(0, 2).map(({ ended }) => ended))
  expect(counts()).toEqual([0, 1])
  channels.lost(M2)
  await relays[2]?.ended
  expect(counts()).toEqual([0, 0])
})
