import { describe, expect, it, onTestFinished } from 'vitest'
import type { KeyClaim, KeyStore, StoredJoinToken } from '../../master/keys/key-store.ts'
import type { Fingerprint, MinionId } from '../../protocol/ids.ts'
import { fingerprintOf } from '../../protocol/signature.ts'

export interface KeyStoreUnderTest {
  readonly keys: KeyStore
  readonly close: () => void
}

const DB1 = 'db1' as MinionId
const DB2 = 'db2' as MinionId
const START = Date.parse('2026-11-21T10:00:00Z')

/** Tests what every KeyStore must do. `open` creates an empty one whose clock returns `now()`. */
export function keyStoreContract(name: string, open: (now: () => number) => KeyStoreUnderTest): void {
  describe(`the contract of KeyStore: ${name}`, () => {
    const fresh = (): { readonly keys: KeyStore; readonly pass: (ms: number) => void } => {
      let time = START
      const { keys, close } = open(() => time)
      onTestFinished(close)
      return {
        keys,
        pass: ms => {
          time += ms
        },
      }
    }

    it('a key that knocks is pending with all that it showed', () => {
      const { keys } = fresh()

      expect(keys.addPending(claim(DB1, 1))).toBe(true)
      expect(keys.get(DB1, claim(DB1, 1).fingerprint)).toEqual({
        ...claim(DB1, 1),
        state: 'pending',
        firstSeenAt: '2026-11-21T10:00:00.000Z',
      })
      expect(keys.get(DB2, claim(DB1, 1).fingerprint)).toBeUndefined()
      expect(keys.accepted(DB1)).toBeUndefined()
    })

    it('knocking again changes nothing, whatever was decided', () => {
      const { keys } = fresh()
      const { fingerprint } = claim(DB1, 1)
      keys.addPending(claim(DB1, 1))
      keys.reject(DB1, fingerprint, 'root')

      expect(keys.addPending({ ...claim(DB1, 1), address: 'elsewhere' })).toBe(false)
      expect(keys.get(DB1, fingerprint)).toMatchObject({ state: 'rejected', address: '10.0.0.1' })
    })

    it('an operator accepts, rejects and revokes', () => {
      const { keys, pass } = fresh()
      for (const number of [1, 2]) keys.addPending(claim(DB1, number))
      const [one, two] = [claim(DB1, 1).fingerprint, claim(DB1, 2).fingerprint]
      pass(1000)

      expect(keys.accept(DB1, one, 'anna')).toBe('done')
      expect(keys.reject(DB1, two, 'anna')).toBe('done')
      expect(keys.accepted(DB1)).toMatchObject({ fingerprint: one, operator: 'anna' })
      expect(keys.revoke(DB1, one, 'bert')).toBe('done')

      expect(keys.accepted(DB1)).toBeUndefined()
      expect(keys.get(DB1, one)).toMatchObject({
        state: 'revoked',
        operator: 'bert',
        decidedAt: '2026-11-21T10:00:01.000Z',
      })
      expect(keys.get(DB1, two)?.state).toBe('rejected')
    })

    it('a key that nobody showed cannot be decided about', () => {
      const { keys } = fresh()
      keys.addPending(claim(DB1, 1))
      const { fingerprint } = claim(DB1, 1)

      expect([
        keys.accept(DB2, fingerprint, 'root'),
        keys.reject(DB1, claim(DB1, 2).fingerprint, 'root'),
        keys.revoke(DB2, fingerprint, 'root'),
      ]).toEqual(['unknown', 'unknown', 'unknown'])
    })

    it('a second key of an id is accepted only after the first was revoked', () => {
      const { keys } = fresh()
      for (const number of [1, 2]) keys.addPending(claim(DB1, number))
      const [one, two] = [claim(DB1, 1).fingerprint, claim(DB1, 2).fingerprint]
      keys.accept(DB1, one, 'root')

      expect(keys.accept(DB1, two, 'root')).toBe('taken')
      expect(keys.accept(DB1, one, 'root')).toBe('done')
      keys.revoke(DB1, one, 'root')
      expect(keys.accept(DB1, two, 'root')).toBe('done')
      expect(keys.accepted(DB1)?.fingerprint).toBe(two)
    })

    it('keys are listed by minion, all or those of one state', () => {
      const { keys } = fresh()
      keys.addPending(claim(DB2, 1))
      keys.addPending(claim(DB1, 2))
      keys.accept(DB2, claim(DB2, 1).fingerprint, 'root')

      expect(keys.list().map(({ minion, state }) => [minion, state])).toEqual([
        ['db1', 'pending'],
        ['db2', 'accepted'],
      ])
      expect(keys.list('pending').map(({ minion }) => minion)).toEqual(['db1'])
      expect(keys.countPending()).toBe(1)
    })

    it('strangers cannot make it remember more than 1,000 of them', () => {
      const { keys } = fresh()
      for (let number = 1; number <= 1100; number++) {
        keys.addPending({ ...claim(`vm${number}` as MinionId, number), address: `10.0.${number % 5}.9` })
      }

      expect(keys.addPending({ ...claim(DB1, 1101), address: '10.0.1.8' })).toBe(false)
      expect(keys.countPending()).toBe(1000)
    })

    it('a new sealing key takes the place of the old one', () => {
      const { keys } = fresh()
      const { fingerprint, sealingKey } = claim(DB1, 1)
      keys.addPending(claim(DB1, 1))

      expect(keys.saveSealingKey(DB1, fingerprint, sealingKey)).toBe(false)
      expect(keys.saveSealingKey(DB1, fingerprint, bytes(99))).toBe(true)
      expect(keys.get(DB1, fingerprint)?.sealingKey).toEqual(bytes(99))
    })

    it('a join token accepts a key with its roles and level, and is used up', () => {
      const { keys } = fresh()
      keys.createToken(token())

      expect(keys.join(claim(DB1, 1), 'token-0000000001')).toBe('accepted')
      expect(keys.accepted(DB1)).toMatchObject({ token: 'token-0000000001', roles: ['db'], level: 'staging' })
      expect(keys.token('token-0000000001')).toEqual({ ...token(), used: 1, createdAt: '2026-11-21T10:00:00.000Z' })
      expect(keys.join(claim(DB2, 2), 'token-0000000001')).toBe('used-up')
      expect(keys.get(DB2, claim(DB2, 2).fingerprint)).toBeUndefined()
    })

    it('of fifty who use a single token at once one is accepted', () => {
      const { keys } = fresh()
      keys.createToken(token())

      const uses = Array.from({ length: 50 }, (_, number) => {
        return keys.join(claim(`vm${number}` as MinionId, number), 'token-0000000001')
      })

      expect(uses.filter(use => use === 'accepted')).toHaveLength(1)
      expect(keys.list('accepted')).toHaveLength(1)
    })

    it('a minion that joins again with its accepted key uses nothing up', () => {
      const { keys } = fresh()
      keys.createToken(token({ uses: 2 }))
      keys.join(claim(DB1, 1), 'token-0000000001')

      expect(keys.join(claim(DB1, 1), 'token-0000000001')).toBe('accepted')
      expect(keys.token('token-0000000001')?.used).toBe(1)
    })

    it('a key that was pending before is accepted by a token too', () => {
      const { keys } = fresh()
      keys.createToken(token())
      keys.addPending(claim(DB1, 1))

      expect(keys.join(claim(DB1, 1), 'token-0000000001')).toBe('accepted')
    })

    it('a token that is unknown, expired, or for another minion or a taken id accepts nobody', () => {
      const { keys, pass } = fresh()
      keys.createToken(token({ id: 'for-db2-00000000', minion: DB2 }))
      keys.createToken(token({ id: 'token-0000000002', uses: 9 }))
      keys.join(claim(DB2, 7), 'token-0000000002')

      const before = [
        keys.join(claim(DB1, 1), 'nobody-made-this'),
        keys.join(claim(DB1, 1), 'for-db2-00000000'),
        keys.join(claim(DB2, 2), 'token-0000000002'),
      ]
      pass(3_600_000)

      expect([...before, keys.join(claim(DB1, 1), 'token-0000000002')]).toEqual([
        'unknown',
        'wrong-minion',
        'taken',
        'expired',
      ])
      expect(keys.list('accepted').map(({ minion }) => minion)).toEqual(['db2'])
      expect(keys.token('token-0000000002')?.used).toBe(1)
    })

    it('a token that was revoked accepts nobody any more; the key that it accepted stays', () => {
      const { keys } = fresh()
      keys.createToken(token({ uses: 5 }))
      keys.join(claim(DB1, 1), 'token-0000000001')

      expect(keys.revokeToken('token-0000000001', 'root')).toBe(true)
      expect(keys.revokeToken('token-0000000001', 'root')).toBe(true)
      expect(keys.revokeToken('nobody-made-this', 'root')).toBe(false)
      expect(keys.join(claim(DB2, 2), 'token-0000000001')).toBe('used-up')
      expect(keys.accepted(DB1)).toMatchObject({ token: 'token-0000000001' })
    })

    it('an operator binds roles and level, and what is not named stays as it was', () => {
      const { keys } = fresh()
      keys.createToken(token())
      keys.join(claim(DB1, 1), 'token-0000000001')
      const { fingerprint } = claim(DB1, 1)

      expect(keys.accept(DB1, fingerprint, 'root', { level: 'production' })).toBe('done')
      expect(keys.accepted(DB1)).toMatchObject({ roles: ['db'], level: 'production', operator: 'root' })
      keys.accept(DB1, fingerprint, 'root', { roles: [] })
      expect(keys.accepted(DB1)).toMatchObject({ roles: [], level: 'production' })
      for (const counter of [3, 3]) keys.raiseCounter(DB1, fingerprint, counter)
      keys.accept(DB1, fingerprint, 'root')
      expect(keys.accepted(DB1)).toMatchObject({ roles: [], level: 'production' })
    })

    it('tokens are listed with the newest first', () => {
      const { keys, pass } = fresh()
      keys.createToken(token({ id: 'a' }))
      pass(1000)
      keys.createToken(token({ id: 'b' }))

      expect(keys.tokens().map(({ id }) => id)).toEqual(['b', 'a'])
      expect(keys.token('c')).toBeUndefined()
    })

    it('a connection counter that does not grow raises an alarm at the key', () => {
      const { keys } = fresh()
      const { fingerprint } = accepted(keys)

      expect([0, 1, 5].map(counter => keys.raiseCounter(DB1, fingerprint, counter))).toEqual([true, true, true])
      expect(keys.get(DB1, fingerprint)?.cloneAlarmAt).toBeUndefined()
      expect([5, 2].map(counter => keys.raiseCounter(DB1, fingerprint, counter))).toEqual([false, false])
      expect(keys.get(DB1, fingerprint)?.cloneAlarmAt).toBe('2026-11-21T10:00:00.000Z')
    })

    it('accepting the key again ends the alarm and forgets the counter', () => {
      const { keys } = fresh()
      const { fingerprint } = accepted(keys)
      keys.raiseCounter(DB1, fingerprint, 5, '192.0.2.1')
      for (const from of ['192.0.2.2', '192.0.2.3']) keys.raiseCounter(DB1, fingerprint, 2, from)

      expect(keys.get(DB1, fingerprint)?.cloneAddress).toBe('192.0.2.2')
      expect(keys.accept(DB1, fingerprint, 'root')).toBe('done')
      expect(keys.get(DB1, fingerprint)?.cloneAlarmAt).toBeUndefined()
      expect(keys.get(DB1, fingerprint)?.cloneAddress).toBeUndefined()
      expect(keys.raiseCounter(DB1, fingerprint, 3)).toBe(true)
      expect(keys.raiseCounter(DB1, fingerprint, 3)).toBe(false)
    })
  })
}

function accepted(keys: KeyStore): KeyClaim {
  keys.addPending(claim(DB1, 1))
  keys.accept(DB1, claim(DB1, 1).fingerprint, 'root')
  return claim(DB1, 1)
}

function claim(minion: MinionId, number: number): KeyClaim & { readonly fingerprint: Fingerprint } {
  const key = bytes(number)
  return { minion, fingerprint: fingerprintOf(key), key, sealingKey: bytes(number + 5000), address: '10.0.0.1' }
}

function bytes(number: number): Uint8Array {
  const raw = new Uint8Array(32)
  new DataView(raw.buffer).setUint32(0, number)
  return raw
}

function token(changes: Partial<StoredJoinToken> = {}): Omit<StoredJoinToken, 'used' | 'createdAt'> {
  return {
    id: 'token-0000000001',
    publicKey: bytes(7),
    roles: ['db'],
    level: 'staging',
    uses: 1,
    expiresAt: '2026-11-21T11:00:00.000Z',
    operator: 'root',
    ...changes,
  }
}
