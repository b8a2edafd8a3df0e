import { describe, expect, it, onTestFinished } from 'vitest'
import type { Kv } from '../../master/store/ports.ts'

export interface KvUnderTest {
  readonly kv: Kv
  readonly close: () => void
}

/** Tests what every Kv must do. `open` creates an empty one whose clock returns `now()`. */
export function kvContract(name: string, open: (now: () => number) => KvUnderTest): void {
  describe(`the contract of Kv: ${name}`, () => {
    const fresh = (): { readonly kv: Kv; readonly pass: (ms: number) => void } => {
      let time = Date.parse('2026-11-21T10:00:00Z')
      const { kv, close } = open(() => time)
      onTestFinished(close)
      return {
        kv,
        pass: ms => {
          time += ms
        },
      }
    }

    it('a name that was never set has no value', () => {
      expect(fresh().kv.get('a')).toBeUndefined()
    })

    it('a value is set when its version is the expected one', () => {
      const { kv } = fresh()

      expect(kv.compareAndSet('a', 0, { b: [1, 'x', null] })).toBe(true)
      expect(kv.get('a')).toEqual({ value: { b: [1, 'x', null] }, version: 1 })
      expect(kv.compareAndSet('a', 1, 'second')).toBe(true)
      expect(kv.get('a')).toEqual({ value: 'second', version: 2 })
    })

    it('of two writers who saw the same version one wins', () => {
      const { kv } = fresh()
      kv.compareAndSet('a', 0, 'first')

      const won = [kv.compareAndSet('a', 1, 'mine'), kv.compareAndSet('a', 1, 'yours'), kv.compareAndSet('a', 0, 'new')]

      expect(won).toEqual([true, false, false])
      expect(kv.get('a')?.value).toBe('mine')
    })

    it('a deleted value can be made anew, but not by who still has the old version', () => {
      const { kv } = fresh()
      kv.compareAndSet('a', 0, 'first')

      expect(kv.compareAndSet('a', 1, undefined)).toBe(true)
      expect(kv.get('a')).toBeUndefined()
      expect(kv.compareAndSet('a', 1, 'late')).toBe(false)
      expect(kv.compareAndSet('a', 0, 'anew')).toBe(true)
      expect(kv.compareAndSet('a', 1, 'late')).toBe(false)
      expect(kv.get('a')?.value).toBe('anew')
    })

    it('a lease has one holder at a time', () => {
      const { kv } = fresh()

      expect(kv.acquire('l', 'm1', 1000)).toEqual({ holder: 'm1', token: 1, expiresAt: '2026-11-21T10:00:01.000Z' })
      expect(kv.acquire('l', 'm2', 1000)).toBeUndefined()
      expect(kv.acquire('other', 'm2', 1000)).toMatchObject({ holder: 'm2' })
    })

    it('its holder renews a lease and keeps the token', () => {
      const { kv, pass } = fresh()
      kv.acquire('l', 'm1', 1000)
      pass(600)

      expect(kv.acquire('l', 'm1', 1000)).toMatchObject({ token: 1 })
      pass(600)

      expect(kv.holds({ lease: 'l', token: 1 })).toBe(true)
    })

    it('an expired lease goes to another with a higher token, and the old token is worth nothing', () => {
      const { kv, pass } = fresh()
      kv.acquire('l', 'm1', 1000)
      pass(1000)

      expect(kv.holds({ lease: 'l', token: 1 })).toBe(false)
      expect(kv.acquire('l', 'm2', 1000)).toMatchObject({ holder: 'm2', token: 2 })
      expect(kv.holds({ lease: 'l', token: 1 })).toBe(false)
      expect(kv.release({ lease: 'l', token: 1 })).toBe(false)
      expect(kv.holds({ lease: 'l', token: 2 })).toBe(true)
    })

    it('tokens grow also when the lease was released and comes back to the same holder', () => {
      const { kv } = fresh()
      kv.acquire('l', 'm1', 1000)

      expect(kv.release({ lease: 'l', token: 1 })).toBe(true)
      expect(kv.release({ lease: 'l', token: 1 })).toBe(false)
      expect(kv.acquire('l', 'm1', 1000)).toMatchObject({ token: 2 })
    })

    it('a write behind a stale fence changes nothing', () => {
      const { kv, pass } = fresh()
      kv.acquire('l', 'm1', 1000)
      const fence = { lease: 'l', token: 1 }

      expect(kv.compareAndSet('a', 0, 'first', fence)).toBe(true)
      pass(2000)

      expect(kv.compareAndSet('a', 1, 'late', fence)).toBe(false)
      expect(kv.get('a')).toEqual({ value: 'first', version: 1 })
    })
  })
}
