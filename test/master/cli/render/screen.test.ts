import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { liveLines } from '../../../../master/cli/live/live-lines.ts'
import { renderApply } from '../../../../master/cli/render/apply.ts'
import { renderJobs } from '../../../../master/cli/render/jobs.ts'
import { renderKeys } from '../../../../master/cli/render/keys.ts'
import { renderMinions } from '../../../../master/cli/render/minions.ts'
import type { ShowWish } from '../../../../master/cli/render/result/show.ts'
import { renderRoles } from '../../../../master/cli/render/roles.ts'
import { renderSchedules } from '../../../../master/cli/render/schedule.ts'
import { renderSessions } from '../../../../master/cli/render/sessions.ts'
import { renderStatus } from '../../../../master/cli/render/status.ts'
import { createStyle, type Style } from '../../../../master/cli/render/style.ts'
import { FakeTerminal } from '../../../fake/fake-terminal.ts'
import { halfway } from '../live/live-scenes.ts'
import { failingApply, firstApply, firstApplyInFull, steadyApply, testOfTwenty } from './screen-scenes.ts'
import { AT_NIGHT, WELL } from './status-scenes.ts'
import { jobList, keyList, minionList, roleList, scheduleList, sessionList } from './table-scenes.ts'

const CASES = resolve(import.meta.dirname, '../../../cases/screen')

const SCENES: { readonly [name: string]: (style: Style) => string } = {
  'apply-20-of-which-3-fail': style => renderApply(failingApply(), style),
  'apply-20-halfway': style =>
    liveLines(halfway(), { columns: style.width, rows: 30 }, 30_000, style)
      .map(line => `${line}\n`)
      .join(''),
  'test-20': style => renderApply(testOfTwenty(), style, { detailed: true, target: 'role=web' }),
  'apply-20-brief': style => renderApply(failingApply(), style, view({ brief: true })),
  'apply-20-failed': style => renderApply(failingApply(), style, view({ failed: true })),
  'first-apply-2-no-diff': style => renderApply(firstApply(), style, view({ diff: 'none' })),
  'first-apply-2-verbose-slowest': style =>
    renderApply(firstApplyInFull(), style, view({ verbose: true, slowest: true, diff: 'full' })),
  minions: style => renderMinions(minionList(), style),
  'minions-wide': style => renderMinions(minionList().slice(0, 8), style, { wide: true }),
  roles: style => renderRoles(roleList(), style),
  schedule: style => renderSchedules(scheduleList(), style),
  keys: style => renderKeys(keyList(), style),
  jobs: style => renderJobs(jobList(), style),
  sessions: style => renderSessions(sessionList(), style),
  'status-well': style => renderStatus(WELL, style),
  'status-at-night': style => renderStatus(AT_NIGHT, style),
  'steady-40': style => renderApply(steadyApply(40), style),
}

/** Real results of these are compared in tmux, by test/journey/screens.test.ts. */
const IN_TMUX = ['apply-20-of-which-3-fail', 'apply-20-halfway', 'apply-20-brief', 'test-20', 'steady-40']

/** As an operator asks for it. */
function view(wish: Partial<ShowWish>): { readonly detailed: boolean; readonly show: ShowWish } {
  return { detailed: false, show: { verbose: false, brief: false, failed: false, slowest: false, ...wish } }
}

describe('what an operator sees', () => {
  // UPDATE_CASES=1 rewrites them; review the changes in the diff.
  const cases = Object.keys(SCENES).flatMap(name => [80, 140].map(columns => ({ name, columns })))

  const compared = cases.filter(({ name }) => !IN_TMUX.includes(name))

  it.each(compared)('the screen $name with $columns columns matches test/cases/screen', ({ name, columns }) => {
    const terminal = new FakeTerminal(columns)
    terminal.write(SCENES[name]?.(createStyle(true, columns)) ?? '')
    const path = join(CASES, `${name}.${columns}.txt`)
    if (process.env['UPDATE_CASES'] === '1') writeFileSync(path, terminal.text)

    expect(existsSync(path) ? readFileSync(path, 'utf8') : '').toBe(terminal.text)
  })

  it.each(cases)('the screen $name has the same text without colours with $columns columns', ({ name, columns }) => {
    const [coloured, plain] = [new FakeTerminal(columns), new FakeTerminal(columns)]

    coloured.write(SCENES[name]?.(createStyle(true, columns)) ?? '')
    plain.write(SCENES[name]?.(createStyle(false, columns)) ?? '')

    expect(coloured.text).toBe(plain.text)
  })
})
