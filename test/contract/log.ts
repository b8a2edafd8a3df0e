import { describe, expect, it, onTestFinished } from 'vitest'
import type { MasterEvent } from '../../master/store/log/events.ts'
import type { Log } from '../../master/store/ports.ts'
import type { MinionId } from '../../protocol/ids.ts'

export interface LogUnderTest {
  readonly log: Log
  readonly close: () => void
}

/** Tests what every Log must do. `open` creates an empty one whose clock returns `now()`. */
export function logContract(name: string, open: (now: () => number) => LogUnderTest): void {
  describe(`the contract of Log: ${name}`, () => {
    let time = Date.parse('2026-11-21T10:00:00Z')
    const fresh = (): Log => {
      const { log, close } = open(() => time++)
      onTestFinished(close)
      return log
    }

    it('an empty log has nothing to read and is sound', () => {
      const log = fresh()

      expect(log.read(0, 10)).toEqual([])
      expect(log.lastSeq()).toBe(0)
      expect(log.verify()).toMatchObject({ ok: true, entries: 0 })
    })

    it('events come back in the order of their appends, without gaps', () => {
      const log = fresh()

      const appended = [1, 2, 3].map(number => log.append(gone(`db${number}`)))

      expect(appended.map(({ seq }) => seq)).toEqual([1, 2, 3])
      expect(log.read(0, 10).map(({ seq, event }) => [seq, event])).toEqual([
        [1, gone('db1')],
        [2, gone('db2')],
        [3, gone('db3')],
      ])
      expect(log.lastSeq()).toBe(3)
    })

    it('reading begins after the given number and ends at the limit', () => {
      const log = fresh()
      for (const number of [1, 2, 3, 4]) log.append(gone(`db${number}`))

      expect(log.read(1, 2).map(({ seq }) => seq)).toEqual([2, 3])
      expect(log.read(4, 2)).toEqual([])
    })

    it('an idempotency key writes once and then answers with what is there', () => {
      const log = fresh()

      const first = log.append(gone('db1'), { idempotencyKey: 'once' })
      log.append(gone('db2'))
      const second = log.append(gone('db1'), { idempotencyKey: 'once' })

      expect(first).toEqual({ seq: 1, fresh: true })
      expect(second).toEqual({ seq: 1, fresh: false })
      expect(log.lastSeq()).toBe(2)
    })

    it('an idempotency key used for another event is a bug and throws', () => {
      const log = fresh()
      log.append(gone('db1'), { idempotencyKey: 'once' })

      expect(() => log.append(gone('db2'), { idempotencyKey: 'once' })).toThrow(TypeError)
      expect(log.lastSeq()).toBe(1)
    })

    it('every entry carries the time of its append, and a hash that no other one has', () => {
      const log = fresh()
      log.append(gone('db1'))
      log.append(gone('db1'))

      const [first, second] = log.read(0, 2)

      expect(first?.at).toMatch(/^2026-11-21T10:00:00/)
      expect(Date.parse(second?.at ?? '')).toBeGreaterThan(Date.parse(first?.at ?? ''))
      expect(first?.hash).toMatch(/^[0-9a-f]{64}$/)
      expect(second?.hash).not.toBe(first?.hash)
    })

    it('an event above 4 KiB is refused and leaves nothing', () => {
      const log = fresh()

      expect(() => log.append({ type: 'master-started', version: 'v'.repeat(5000), pid: 1 })).toThrow(
        /an event of the log is at most 4096 bytes, this `master-started` has \d+/,
      )
      expect(log.lastSeq()).toBe(0)
    })

    it('a subscriber hears of new entries after they are there, until it ends', async () => {
      const log = fresh()
      const heard: number[] = []
      const end = log.subscribe(seq => {
        heard.push(seq, log.lastSeq())
      })

      log.append(gone('db1'))
      const during = [...heard]
      await Promise.resolve()
      end()
      log.append(gone('db2'))
      await Promise.resolve()

      expect(during).toEqual([])
      expect(heard).toEqual([1, 1])
    })

    it('a sound log verifies to the hash of its last entry', () => {
      const log = fresh()
      for (let number = 1; number <= 1200; number++) log.append(gone(`db${number}`))

      expect(log.verify()).toEqual({ ok: true, entries: 1200, head: log.read(1199, 1)[0]?.hash })
    })
  })
}

function gone(minion: string): MasterEvent {
  return { type: 'minion-disconnected', minion: minion as MinionId }
}
