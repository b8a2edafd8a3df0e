import { describe, expect, it } from 'vitest'
import { pendingKeyExpiry } from '../../../master/wiring/pending-keys.ts'

describe('the expiry of pending keys', () => {
  it('looks once a minute, also after the clock was set back', () => {
    let time = Date.parse('2026-11-21T10:00:00Z')
    const asked: string[] = []
    const keys = { expirePending: (before: string) => asked.push(before) }
    const look = pendingKeyExpiry(keys, { now: () => time, keepMs: 3_600_000 })

    for (let second = 0; second < 61; second++) {
      look()
      time += 1000
    }
    time -= 86_400_000
    look()

    expect(asked).toEqual(['2026-11-21T09:00:00.000Z', '2026-11-21T09:01:00.000Z', '2026-11-20T09:01:01.000Z'])
  })
})
