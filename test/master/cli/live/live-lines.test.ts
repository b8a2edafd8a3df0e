import { expect, it } from 'vitest'
import { createLiveJob, takeEvent } from '../../../../master/cli/live/job-live.ts'
import { liveLines } from '../../../../master/cli/live/live-lines.ts'
import { createStyle, widthOf } from '../../../../master/cli/render/style.ts'
import { runOf } from '../render/screen-scenes.ts'
import { halfway } from './live-scenes.ts'

const STYLE = createStyle(true, 80)

it('the live area of a job never has a line as wide as the terminal or more lines than fit', () => {
  for (const columns of [1, 10, 20, 40, 70, 80, 140, 300]) {
    for (const rows of [1, 2, 3, 5, 10, 24, 60]) {
      const lines = liveLines(halfway(), { columns, rows }, 30_000, STYLE)

      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(Math.max(columns - 1, 1))
      expect(lines.length).toBeLessThanOrEqual(Math.max(rows - 1, 2))
    }
  }
})

it('the live area of a job shows the number of hidden minions and the running time of slow states', () => {
  const lines = liveLines(halfway(), { columns: 80, rows: 9 }, 30_000, createStyle(false, 80))

  expect(lines).toEqual([
    'apply  [=====>      ]  9/20 minions (2 failed), 9 running, 2 waiting  30.0 s',
    'web10  108/300  [====>       ]  pkg.installed nginx modules',
    'web11  120/300  [====>       ]  file.managed /srv/www/site-10/index.html',
    'web12  132/300  [=====>      ]  file.managed /srv/www/site-11/index.html',
    '... and 6 more',
    'failed  web4, web9  pkg.installed nginx modules',
    '        E: Unable to locate package libnginx-mod-http-geoip2',
  ])
})

it('the live area of a job leaves out the bar where the numbers have no room beside it', () => {
  const live = { ...halfway(), minions: 12_345 }

  expect(liveLines(live, { columns: 80, rows: 24 }, 30_000, createStyle(false, 80))[0]).toBe(
    'apply  9/12345 minions (2 failed), 9 running, 12327 waiting  30.0 s',
  )
})

it('the live area of a job cuts a long cause in its second row, and says who failed in the order in which people count', () => {
  const live = createLiveJob(0)
  const problem = { code: 'RUN_LOST', message: `it is ${'very '.repeat(30)}late` } as const
  for (const minion of ['m10', 'm9', 'm2', 'm1']) {
    takeEvent(live, { type: 'finished', run: runOf(minion, [], 0, { state: 'failed', problem }) }, 0)
  }

  expect(liveLines(live, { columns: 60, rows: 24 }, 0, createStyle(false, 60)).slice(1)).toEqual([
    'failed  m2, m9, m10 and 1 more  the run failed',
    '        it is very very very very very very very very very',
    '        very very very very very very very very very very …',
  ])
})

it('the live area of a job escapes control characters from minions', () => {
  const live = createLiveJob(0)
  takeEvent(live, { type: 'job', job: 'job-1', verb: 'apply', minions: ['a'], offline: [] }, 0)
  const key = 'web/cmd.run/\u001b[2J'
  takeEvent(live, { type: 'state', minion: 'a\u0007', run: 'run-1', index: 0, states: 2, key }, 0)

  expect(liveLines(live, { columns: 80, rows: 24 }, 0, createStyle(false, 80)).join('\n')).toContain(
    'a\\x07  0/2  [>           ]  cmd.run \\x1b[2J',
  )
})
