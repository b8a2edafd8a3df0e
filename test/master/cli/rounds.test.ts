import { describe, expect, it } from 'vitest'
import { exitOfApply } from '../../../master/cli/exit-codes.ts'
import { renderApply } from '../../../master/cli/render/apply.ts'
import { PLAIN } from '../../../master/cli/render/style.ts'
import type { ApplyResult, RunOutcome } from '../../../master/jobs/results.ts'
import { totalOf } from '../../../master/jobs/round-totals.ts'
import type { StateKey } from '../../../protocol/ids.ts'
import type { StateOutcome } from '../../../protocol/outcomes.ts'
import type { RunState, StateResult } from '../../../protocol/report.ts'

type Outcomes = { readonly [key: string]: StateOutcome }

function round(wave: number, state: RunState, outcomes: Outcomes) {
  const states = Object.entries(outcomes).map(
    ([name, outcome]): StateResult => ({
      key: `web/pkg.installed/${name}` as StateKey,
      type: 'pkg.installed',
      id: name,
      name,
      role: 'web',
      declaredAt: [],
      outcome,
      actions: [],
      startedAt: '',
      durationMs: 1,
    }),
  )
  const run: RunOutcome = {
    run: `run-${wave}`,
    job: 'job-1',
    minion: 'web1',
    test: false,
    state,
    wave,
    queuedAt: '',
    durationMs: 1000,
    counts: { changed: states.filter(({ outcome }) => outcome === 'changed').length },
    results: states.filter(({ outcome }) => outcome !== 'unchanged'),
    checks: [],
    owed: [],
  }
  return { run, states }
}

function resultOf(...rounds: readonly ReturnType<typeof round>[]): ApplyResult {
  const runs = rounds.map(({ run }) => run)
  return {
    job: 'job-1',
    verb: 'apply',
    revision: '',
    offline: [],
    runs: runs.slice(-1),
    earlier: runs.slice(0, -1),
    totals: [totalOf(rounds)],
  }
}

describe('an apply of several rounds', () => {
  const first = round(0, 'done', { nginx: 'changed', curl: 'unchanged', git: 'blocked' })
  const second = round(1, 'done', { nginx: 'unchanged', curl: 'changed', git: 'unchanged', less: 'unchanged' })

  it('an apply of several rounds is summed per minion, with each state counted once and the durations added', () => {
    expect(totalOf([first, second])).toEqual({
      minion: 'web1',
      rounds: 2,
      state: 'done',
      counts: { changed: 2, unchanged: 2 },
      durationMs: 2000,
    })
    expect(totalOf([round(0, 'failed', { nginx: 'failed' }), round(1, 'done', { nginx: 'changed' })])).toMatchObject({
      state: 'failed',
      counts: { failed: 1 },
    })
  })

  it('an apply of several rounds prints the changes of every round on stdout', () => {
    const shown = renderApply(resultOf(first, second), PLAIN)

    expect(shown).toMatch(/^web1 +done +2 changed, 2 unchanged +2\.0 s +in 2 rounds$/m)
    expect(shown).toMatch(/changed +pkg\.installed nginx/)
    expect(shown).toMatch(/changed +pkg\.installed curl/)
  })

  it('an apply of several rounds exits with 1 when an earlier round failed', () => {
    const failed = resultOf(round(0, 'failed', { nginx: 'failed' }), round(1, 'done', { nginx: 'unchanged' }))

    expect(exitOfApply(failed, { detailed: false })).toBe(1)
    expect(exitOfApply(resultOf(first, second), { detailed: false })).toBe(0)
  })
})
