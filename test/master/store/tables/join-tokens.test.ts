import { expect, it } from 'vitest'
import { openFixture } from '../fixture.ts'

it('join tokens that expired before a time are removed once, also from the views that are built again', () => {
  const fixture = openFixture()
  const { keys } = fixture.store
  const token = (id: string, expiresAt: string) => {
    keys.createToken({ id, publicKey: new Uint8Array(32), roles: [], uses: 1, expiresAt, operator: 'anna' })
  }
  token('old', '2026-10-01T00:00:00.000Z')
  token('new', '2026-11-20T00:00:00.000Z')

  expect(keys.removeExpiredTokens('2026-11-01T00:00:00.000Z')).toBe(1)
  expect(keys.removeExpiredTokens('2026-11-01T00:00:00.000Z')).toBe(0)
  expect(keys.tokens().map(({ id }) => id)).toEqual(['new'])
  fixture.reopen()
  expect(fixture.store.keys.tokens().map(({ id }) => id)).toEqual(['new'])
})
