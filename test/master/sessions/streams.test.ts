import { expect, it } from 'vitest'
import { ALL_RIGHTS } from '../../../master/access/caller.ts'
import type { ControlContext } from '../../../master/context.ts'
import { createChannels } from '../../../master/sessions/channels.ts'
import { createStreams } from '../../../master/sessions/streams.ts'
import { minionId } from '../../../protocol/ids.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { openFixture } from '../store/fixture.ts'

const M1 = minionId('m1')

it('a terminal takes its sequence after its recording has begun: the minion refuses an order with one below the highest', async () => {
  const { store } = openFixture()
  const sent: number[] = []
  const opened = (session: string): number =>
    store.sessions.opened({ session, operator: 'ann', minion: M1, kind: 'run', recording: false })
  const minion = { id: M1, known: {}, roles: [], view: { id: M1, roles: [], grains: {} } }
  const context = {
    store,
    now: () => 0,
    random: (size: number) => new Uint8Array(size),
    warn: (why: string) => expect.fail(why),
    snapshots: { read: async () => ({ minions: [minion], pillar: { problems: [] }, fleet: { groups: new Map() } }) },
    channels: createChannels({ send: () => true }),
    links: {
      isOnline: () => true,
      largestWindow: () => LIMITS.channelWindowBytes,
      roundTripMs: () => undefined,
      order: (_: unknown, { sequence }: { readonly sequence: number }) => {
        sent.push(sequence)
        return false
      },
    },
    recordings: {
      recorder: {
        begin: async () => {
          // Meanwhile another order goes to the minion.
          sent.push(opened('ses-other'))
          return {
            output: () => undefined,
            resize: () => undefined,
            end: async () => ({ sha256: '0'.repeat(64), bytes: 0, cut: false }),
          }
        },
      },
    },
  }
  const streams = createStreams(context as unknown as ControlContext, () => undefined)
  const peer = {
    window: LIMITS.channelWindowBytes,
    answer: () => undefined,
    send: () => undefined,
    onMessage: () => undefined,
  }

  await streams.open(
    'ssh',
    { minion: 'm1', columns: 80, rows: 24, term: 'xterm' },
    peer,
    new AbortController().signal,
    {
      operator: 'ann',
      via: 'socket',
      rights: ALL_RIGHTS,
    },
  )
  await streams.idle()

  expect(sent).toHaveLength(2)
  expect(sent).toEqual(sent.toSorted((a, b) => a - b))
})
