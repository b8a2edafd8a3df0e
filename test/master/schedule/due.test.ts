import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runsBetween } from '../../../master/schedule/cron.ts'
import { type Decision, decideScheduledRuns, LONGEST_QUEUE, type Standing } from '../../../master/schedule/due.ts'
import type { Missed, Overlap } from '../../../master/schedule/entry.ts'

const HOUR = 3_600_000
const RULE = { cron: '0 * * * *', timezone: 'UTC', overlap: 'skip', missed: 'once', withinMs: 6 * HOUR } as const

const at = (time: string): number => Date.parse(`2026-11-21T${time}Z`)
const since = (time: string, more: Partial<Standing> = {}): Standing => {
  return { claimedUntilMs: at(time), working: false, waiting: 0, ...more }
}

/** Formats decisions as `fire 03:00` or `skip 01:00-02:00 made-good`. */
function said(decisions: readonly Decision[]): readonly string[] {
  const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 16)
  return decisions.map(decision => {
    if (decision.kind !== 'skip') return `${decision.kind} ${clock(decision.dueMs)}`
    const until = decision.untilMs === decision.dueMs ? '' : `-${clock(decision.untilMs)}`
    return `skip ${clock(decision.dueMs)}${until} ${decision.why}`
  })
}

it('a run is due once, at its time', () => {
  expect(decideScheduledRuns(RULE, since('00:00:00'), at('00:59:59.999'))).toEqual([])
  expect(said(decideScheduledRuns(RULE, since('00:00:00'), at('01:00:00.020')))).toEqual(['fire 01:00'])
  expect(decideScheduledRuns(RULE, since('01:00:00'), at('01:00:30'))).toEqual([])
})

it('a run is started late when a tick was lost, whatever `missed` says', () => {
  for (const missed of ['skip', 'once', 'all'] as const) {
    expect(said(decideScheduledRuns({ ...RULE, missed }, since('00:00:00'), at('01:01:10')))).toEqual(['fire 01:00'])
  }
})

it('no run is due when the clock goes back', () => {
  expect(decideScheduledRuns(RULE, since('05:00:00'), at('03:30:00'))).toEqual([])
})

describe('after downtime', () => {
  const up = at('05:20:00')

  it.each([
    ['skip', ['skip 02:00-05:00 missed']],
    ['once', ['skip 02:00-04:00 made-good', 'fire 05:00']],
    ['all', ['fire 02:00', 'queue 03:00', 'queue 04:00', 'queue 05:00']],
  ] as const)('after downtime, missed runs are handled according to `missed: %s`', (missed, expected) => {
    expect(said(decideScheduledRuns({ ...RULE, missed }, since('01:10:00'), up))).toEqual(expected)
  })

  it.each(['skip', 'once', 'all'] as const)(
    'after downtime, no run older than `within` is caught up with `missed: %s`',
    missed => {
      const decisions = said(decideScheduledRuns({ ...RULE, missed, withinMs: 2 * HOUR }, since('01:10:00'), up))

      expect(decisions[0]).toBe('skip 02:00-03:19 too-late')
      expect(decisions.join()).not.toMatch(/fire 0[1-3]|queue 0[1-3]/)
    },
  )

  it('after downtime, a single missed run is caught up', () => {
    expect(said(decideScheduledRuns(RULE, since('04:10:00'), up))).toEqual(['fire 05:00'])
  })

  it('after downtime, the queue of missed runs is limited', () => {
    const rule = { ...RULE, cron: '* * * * *', missed: 'all' } as const
    const decisions = decideScheduledRuns(rule, since('00:00:00'), at('05:00:00'))

    expect(decisions.filter(({ kind }) => kind === 'queue')).toHaveLength(LONGEST_QUEUE)
    expect(said(decisions).at(-1)).toBe('skip 05:00 overlap')
  })

  it('after downtime, a year of missed minutes is decided in less than two seconds', () => {
    const rule = { ...RULE, cron: '* * * * *' }
    const begun = process.threadCpuUsage()
    const decisions = decideScheduledRuns(
      rule,
      { ...since('00:00:00'), claimedUntilMs: at('00:00:00') - 365 * 24 * HOUR },
      up,
    )

    expect(decisions.map(({ kind }) => kind)).toEqual(['skip', 'skip', 'fire'])
    const { user, system } = process.threadCpuUsage(begun)
    expect((user + system) / 1000).toBeLessThan(2000)
  })
})

it.each([
  ['skip', ['skip 01:00 overlap']],
  ['queue', ['queue 01:00']],
  ['allow', ['fire 01:00']],
] as const)(
  'a run that is due while the previous one is running is handled according to `overlap: %s`',
  (overlap, expected) => {
    const standing = since('00:00:00', { working: true })

    expect(said(decideScheduledRuns({ ...RULE, overlap }, standing, at('01:00:00')))).toEqual(expected)
  },
)

it('a run that is due while the queue is full is skipped', () => {
  const standing = since('00:00:00', { working: true, waiting: LONGEST_QUEUE })

  expect(said(decideScheduledRuns({ ...RULE, overlap: 'queue' }, standing, at('01:00:00')))).toEqual([
    'skip 01:00 queue-full',
  ])
})

describe('whatever happens to clock and master', () => {
  const rule = fc.record({
    cron: fc.constantFrom('30 1 * * *', '*/30 * * * *', '* * * * *', '0 0 31 * *', '15 2 * * 0'),
    timezone: fc.constantFrom('UTC', 'Europe/London', 'America/New_York', 'Australia/Lord_Howe'),
    overlap: fc.constantFrom<Overlap>('skip', 'queue', 'allow'),
    missed: fc.constantFrom<Missed>('skip', 'once', 'all'),
    withinMs: fc.integer({ min: 60_000, max: 12 * HOUR }),
  })
  /** Ticks, long pauses (restarts, downtime), and a clock that jumps back. */
  const steps = fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 120_000 }),
      fc.integer({ min: 0, max: 20 * HOUR }),
      fc.integer({ min: -3 * HOUR, max: 0 }),
    ),
    { maxLength: 60 },
  )
  const start = fc.constantFrom('2026-03-28T20:00:10Z', '2026-10-24T20:00:10Z', '2028-02-28T10:00:00Z')

  it('every run is decided exactly once and in order, whatever happens to the clock and the master', () => {
    fc.assert(
      fc.property(rule, start, steps, fc.infiniteStream(fc.boolean()), (one, from, moves, busy) => {
        const begin = Date.parse(from)
        let now = begin
        let claimedUntilMs = begin
        let highest = begin
        const decided: Decision[] = []
        for (const move of moves) {
          now += move
          highest = Math.max(highest, now)
          const working = busy.next().value
          const decisions = decideScheduledRuns(one, { claimedUntilMs, working, waiting: 0 }, now)
          for (const decision of decisions) {
            expect(decision.dueMs).toBeGreaterThan(claimedUntilMs)
            claimedUntilMs = decision.kind === 'skip' ? decision.untilMs : decision.dueMs
            expect(claimedUntilMs).toBeLessThanOrEqual(now)
            decided.push(decision)
          }
        }
        const runs = runsBetween(one, begin, highest)
        const covers = (decision: Decision, run: number): boolean =>
          decision.kind === 'skip' ? decision.dueMs <= run && run <= decision.untilMs : decision.dueMs === run
        // The last clock may be behind the highest: runs due in between are decided later, so at most once.
        for (const run of runs) expect(decided.filter(decision => covers(decision, run)).length).toBeLessThanOrEqual(1)
        const last = decided.at(-1)
        const until = last === undefined ? begin : last.kind === 'skip' ? last.untilMs : last.dueMs
        for (const run of runs.filter(time => time <= until)) {
          expect(decided.filter(decision => covers(decision, run))).toHaveLength(1)
        }
        for (const decision of decided) if (decision.kind !== 'skip') expect(runs).toContain(decision.dueMs)
      }),
      { numRuns: 150 },
    )
  })
})
