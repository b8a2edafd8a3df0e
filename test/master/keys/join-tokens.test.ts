import { expect, it } from 'vitest'
import { makeJoinToken } from '../../../master/keys/join-tokens.ts'
import { parseJoinToken } from '../../../protocol/join-token.ts'

const WISH = { roles: [], minion: 'web1', uses: 1, ttlMs: 3_600_000, operator: 'anna' }

it('the id of a join token begins with a letter whatever the random bytes are, since `revoke` takes it as an argument', () => {
  for (let first = 0; first < 256; first++) {
    const { text, record } = makeJoinToken(WISH, new Uint8Array(32), 0, size => new Uint8Array(size).fill(first))

    expect(record.id).toMatch(/^[A-Za-z][\w-]{15}$/)
    expect(parseJoinToken(text)).toMatchObject({ id: record.id })
  }
})
