import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createProgress, createRunbookProgress } from '../../../../master/cli/live/progress.ts'
import { createStyle, PLAIN } from '../../../../master/cli/render/style.ts'
import type { ApplyEvent } from '../../../../master/jobs/results.ts'
import { FakeTerminal } from '../../../fake/fake-terminal.ts'
import { runOf } from '../render/screen-scenes.ts'

const JOB: ApplyEvent = { type: 'job', job: 'job-1', verb: 'apply', minions: ['web1', 'web2'], offline: [] }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('progress is a line for each minion in a pipe, without a single control character', () => {
  let said = ''
  const progress = createProgress({
    err: text => (said += text),
    errIsTerminal: false,
    errSize: () => ({ columns: 80, rows: 24 }),
    errStyle: PLAIN,
  })

  progress.on(JOB)
  progress.on({ type: 'run', minion: 'web1', run: 'run-1', state: 'running', states: 5 })
  progress.on({
    type: 'state',
    minion: 'web1',
    run: 'run-1',
    index: 0,
    states: 5,
    key: 'a/b.c/d',
    outcome: 'changed',
  })
  progress.on({ type: 'finished', run: runOf('web1', [], 5) })
  progress.on({ type: 'round', round: 2, minions: ['web1'] })
  progress.end()

  expect(said).toBe(
    'job-1 apply: 2 minions\n1/2  web1  done  8.3 s\nround 2: 1 minion applied again with the newly reported values\n',
  )
})

it('progress is drawn at once, then at most ten times a second, and once a second without news', () => {
  const terminal = new FakeTerminal(80, 24)
  let frames = 0
  const progress = createProgress({
    err: text => {
      frames += 1
      terminal.write(text)
    },
    errIsTerminal: true,
    errSize: () => ({ columns: 80, rows: 24 }),
    errStyle: createStyle(true, 80),
  })

  progress.on(JOB)
  expect(terminal.text).toContain('0/2 minions, 2 waiting')
  for (let index = 0; index < 50; index++) {
    progress.on({ type: 'state', minion: 'web1', run: 'run-1', index, states: 50, key: `a/b.c/${index}` })
  }
  expect(frames).toBe(1)
  vi.advanceTimersByTime(100)
  expect(frames).toBe(2)
  expect(terminal.text).toMatch(/web1 +49\/50 .* b\.c 49\n/)
  vi.advanceTimersByTime(5000)
  expect(frames).toBe(7)
  expect(terminal.text).toMatch(/b\.c 49 {2}5\.1 s\n/)
})

it('the progress of a runbook shows its current step and is cleared at the end', () => {
  const terminal = new FakeTerminal(80, 24)
  const progress = createRunbookProgress({
    err: text => terminal.write(text),
    errIsTerminal: true,
    errSize: () => ({ columns: 80, rows: 24 }),
    errStyle: createStyle(true, 80),
  })

  progress.on({ type: 'runbook', id: 'rb-1', runbook: 'db-promote', steps: 4 })
  progress.on({ type: 'step', step: 0, name: 'stop writes', state: 'begun' })
  progress.on({ type: 'step', step: 0, name: 'stop writes', state: 'done' })
  progress.on({ type: 'step', step: 1, name: 'wait for db2', state: 'begun' })
  vi.advanceTimersByTime(3100)

  expect(terminal.text).toBe('db-promote  [===>        ]  1/4 steps  3.1 s  rb-1\nwait for db2  3.1 s\n')
  progress.on({ type: 'step', step: 1, name: 'wait for db2', state: 'failed' })
  vi.advanceTimersByTime(1100)
  expect(terminal.text).toContain('\ntakes back what was done  1.1 s\n')
  progress.end()
  expect(terminal.text).toBe('\n')
})

it('the progress of a runbook in a pipe is one line for each step', () => {
  let said = ''
  const progress = createRunbookProgress({
    err: text => (said += text),
    errIsTerminal: false,
    errSize: () => ({ columns: 80, rows: 24 }),
    errStyle: PLAIN,
  })

  progress.on({ type: 'runbook', id: 'rb-1', runbook: 'db-promote', steps: 4 })
  progress.on({ type: 'step', step: 0, name: 'stop writes', state: 'begun' })
  progress.on({ type: 'step', step: 0, name: 'stop writes', state: 'done' })
  progress.end()

  expect(said).toBe('rb-1 db-promote: 4 steps\ndone  stop writes\n')
})

it('progress leaves nothing behind, and is silent after its end', () => {
  const terminal = new FakeTerminal(80, 24)
  const progress = createProgress({
    err: text => terminal.write(text),
    errIsTerminal: true,
    errSize: () => ({ columns: 80, rows: 24 }),
    errStyle: createStyle(true, 80),
  })

  progress.on(JOB)
  progress.end()
  progress.on({ type: 'round', round: 2, minions: ['web1'] })
  vi.advanceTimersByTime(5000)

  expect(terminal.text).toBe('\n')
  expect(vi.getTimerCount()).toBe(0)
})
