import { expect, it } from 'vitest'
import { parseCommand } from '../../../../master/cli/parse.ts'
import { renderStatus } from '../../../../master/cli/render/status.ts'
import { attentionOf } from '../../../../master/cli/render/status-attention.ts'
import { PLAIN } from '../../../../master/cli/render/style.ts'
import { AT_NIGHT, WELL } from './status-scenes.ts'

const HOSTILE = 'a\u001b]0;owned\u0007b\u001b[2Jc\u009b31m\n'

it('the status of a master with nothing to do says that all is well, and names nothing to type', () => {
  expect(attentionOf(WELL)).toEqual([])
  expect(renderStatus(WELL, PLAIN)).toMatch(/^master {5}master1: all is well\n/)
  expect(renderStatus(WELL, PLAIN)).not.toContain('attention')
})

it('the status does not say that all is well to an operator who may not see a part of it', () => {
  const { jobs: _, ...without } = WELL

  expect(renderStatus(without, PLAIN)).toMatch(/^master {5}master1: nothing that you may see needs attention\n/)
  expect(renderStatus(without, PLAIN)).toContain('jobs       none running\n')
})

it('the status says first that something needs attention, and last what, each with a command', () => {
  const shown = renderStatus(AT_NIGHT, PLAIN)

  expect(shown).toMatch(/^master {5}master1: 8 things need attention, see below\n/)
  expect(attentionOf(AT_NIGHT).map(({ type }) => type)).toEqual([
    'df -h /var/lib/saltern',
    'master lint',
    'master report run-01m8qtepqrdjhh68f6j75svtyr',
    'master minions failed',
    'master minions offline',
    'master apply db1',
    'master schedule',
    'master keys',
  ])
})

it('every command that the status names can be parsed', () => {
  const commands = attentionOf(AT_NIGHT).flatMap(({ type }) => (type.startsWith('master ') ? [type] : []))

  for (const command of commands) expect(parseCommand(command.split(' ').slice(1), '1')).toMatchObject({ kind: 'call' })
})

it('one offline minion is named with the time since when, and of many at most ten', () => {
  const what = (offline: typeof AT_NIGHT.minions.offline, count: number) =>
    attentionOf({ ...WELL, minions: { ...WELL.minions, connected: 40 - count, offline } }).map(one => one.what)
  const ten = Array.from({ length: 10 }, (_, at) => ({ minion: `web${at}` }))

  expect(what([{ minion: 'web1', since: '2026-11-21T02:41:09.000Z' }], 1)).toEqual([
    'web1 is offline (offline since 2026-11-21 02:41:09 UTC)',
  ])
  expect(what([{ minion: 'web1' }], 1)).toEqual(['web1 is offline (never connected)'])
  expect(what(ten, 30)[0]).toMatch(/^30 minions are offline: web0, .*web9 and 20 more$/)
})

it('the status says that the master is overloaded, and how late it was', () => {
  expect(attentionOf({ ...WELL, overloadedMs: 3149 })).toEqual([
    {
      what: 'the master is overloaded: within the last minute it was up to 3.1 s late. Jobs take longer; nothing is lost',
      type: 'master jobs',
    },
  ])
})

it('an expired certificate needs attention, and one that is renewed in time does not', () => {
  const first = { minion: 'db1', name: 'server', notAfter: '2026-11-20T00:00:00.000Z' }

  expect(attentionOf({ ...WELL, certificates: { issued: 1, first, overdue: first } })[0]?.what).toContain(
    'server of db1 expired 2026-11-20 00:00:00 UTC',
  )
  expect(attentionOf({ ...WELL, certificates: { issued: 1, first } })).toEqual([])
})

it('a status escapes whatever hosts, files and operators named', () => {
  const hostile = {
    ...AT_NIGHT,
    master: HOSTILE,
    minions: { ...AT_NIGHT.minions, offline: [{ minion: HOSTILE, since: HOSTILE }], connected: 39 },
    jobs: (AT_NIGHT.jobs ?? []).map(job => ({ ...job, target: HOSTILE })),
    schedule: { entries: 1, paused: [HOSTILE], failed: [HOSTILE], next: { schedule: HOSTILE, at: HOSTILE } },
    failures: (AT_NIGHT.failures ?? []).map(failure => ({ ...failure, message: HOSTILE })),
    disk: { directory: HOSTILE, freeBytes: 0, totalBytes: 1 },
  }

  expect(
    renderStatus(hostile, PLAIN)
      .match(/\p{Cc}/gu)
      ?.filter(one => one !== '\n') ?? [],
  ).toEqual([])
})
