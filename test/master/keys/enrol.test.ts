import { expect, it } from 'vitest'
import { type FirstContact, judgeContact } from '../../../master/keys/enrol.ts'
import type { KeyState, KnownKey, StoredJoinToken } from '../../../master/keys/key-store.ts'
import type { MinionId } from '../../../protocol/ids.ts'

const TOKEN = { id: 'T', uses: 1, used: 0, expiresAt: '2026-12-01T00:00:00.000Z' } as StoredJoinToken

function contact(id: string, state?: KeyState): FirstContact {
  const known = state === undefined ? undefined : ({ state } as KnownKey)
  const now = Date.parse('2026-11-30T00:00:00.000Z')
  return { minion: id as MinionId, known, accepted: undefined, token: TOKEN, joinProved: true, now }
}

it('a host that asks for a target word as its id cannot join, by no token and not as a pending key', () => {
  for (const id of ['online', 'failed', 'all', 'not']) {
    const reason = `no minion can join as \`${id}\`, which is a target word`
    for (const state of [undefined, 'pending'] as const) {
      expect(judgeContact(contact(id, state))).toEqual({ do: 'deny', reason })
    }
    expect(judgeContact({ ...contact(id), token: undefined })).toEqual({ do: 'deny', reason })
  }
  expect(judgeContact(contact('online1'))).toEqual({ do: 'join' })
})

it('a minion that was accepted under a target word earlier still connects', () => {
  expect(judgeContact(contact('online', 'accepted'))).toEqual({ do: 'accept' })
})
