import { expect, it } from 'vitest'
import { parseSchedule } from '../../../master/schedule/parse.ts'

const WHOLE = `highstate: {every: 1h, splay: 10m}
deliver:
  reports: {file: /var/lib/saltern/reports}
  ops:
    mail:
      to: [ops@example.org, lead@example.org]
      from: saltern@example.org
      smtp: {host: mail.example.org, port: 587, user: saltern, password_secret: mail.password}
  hook: {webhook: {url: "https://hooks.example.org/T0", secret: hooks.secret}}
schedules:
  nightly:
    cron: "30 1 * * *"
    timezone: Europe/London
    verb: compliance
    target: level=production
    overlap: queue
    missed: all
    within: 12h
    options: {format: html}
    recipients: [reports, ops]
  keep: {cron: "0 */4 * * *", verb: apply, target: "*", splay: 10m, enabled: false}
`

/** Formats every problem as `line:column message (hint)`. */
function wrong(text: string): readonly string[] {
  return parseSchedule(text).problems.map(({ source, message, hint }) => {
    return `${source?.file}:${source?.line}:${source?.column} ${message}${hint === undefined ? '' : ` (${hint})`}`
  })
}

it('schedule.yml defines schedules, recipients and the highstate interval', () => {
  const { schedule, problems } = parseSchedule(WHOLE)

  expect(problems).toEqual([])
  expect(schedule.highstate).toEqual({ everyMs: 3_600_000, splayMs: 600_000 })
  expect(schedule.entries).toMatchObject([
    {
      name: 'nightly',
      cron: '30 1 * * *',
      timezone: 'Europe/London',
      verb: 'compliance',
      overlap: 'queue',
      missed: 'all',
      withinMs: 43_200_000,
      options: { format: 'html' },
      recipients: ['reports', 'ops'],
      enabled: true,
    },
    {
      name: 'keep',
      timezone: 'UTC',
      overlap: 'skip',
      missed: 'once',
      withinMs: 21_600_000,
      splayMs: 600_000,
      enabled: false,
    },
  ])
  expect([...schedule.recipients]).toMatchObject([
    ['reports', { kind: 'file', directory: '/var/lib/saltern/reports' }],
    ['ops', { kind: 'mail', port: 587, tls: 'required', passwordSecret: 'mail.password' }],
    ['hook', { kind: 'webhook', secret: 'hooks.secret' }],
  ])
})

it('schedule.yml refuses `tls: offered` beside a password, which could then be sent to any server', () => {
  const smtp = '{host: mail.example, tls: offered, user: saltern, password_secret: mail.password}'
  const text = `deliver:\n  ops: {mail: {to: [ops@example.org], from: saltern@example.org, smtp: ${smtp}}}\n`
  const { problems } = parseSchedule(text)

  expect(problems).toMatchObject([
    { code: 'FLEET_INVALID', message: expect.stringContaining('does not protect the password') },
  ])
  expect(parseSchedule(text.replace('offered', '"off"')).problems).toEqual([])
  expect(parseSchedule(text.replace('tls: offered, ', '')).problems).toEqual([])
})

it('schedule.yml can be empty or absent', () => {
  for (const text of ['', '# nothing yet\n', '{}\n', 'schedules: {}\n']) {
    expect(parseSchedule(text)).toEqual({ schedule: { entries: [], recipients: new Map() }, problems: [] })
  }
})

it('schedule.yml reports all errors at once, each with its location', () => {
  const text = `scheduels: {}
schedules:
  Nightly: {}
  nightly:
    cron: "61 * * * *"
    timezone: Europe/Londn
    verb: aply
    target: "role="
    splay: 10 minutes
    overlap: skipp
    missed: never
    within: 30d
    recipient: ops
    enabled: maybe
    recipients: [osp]
deliver:
  ops: {file: reports}
  both: {file: /a, webhook: {url: "https://a"}}
  mail: {mail: {to: ["Ann <a@b.c>"], from: a@b.c, smtp: {host: h, user: u}}}
  hook: {webhook: {url: "ftp://a", secret: "!"}}
  open: {webhook: {url: "https://me:word@a/"}}
highstate: {evry: 1h}
`
  expect(wrong(text)).toEqual([
    'schedule.yml:1:1 schedule.yml has no key `scheduels` (Did you mean `schedules`?)',
    'schedule.yml:17:15 `file` must be the absolute path of a directory, got `reports`',
    'schedule.yml:18:9 `both` must have one of `file`, `mail` and `webhook`',
    'schedule.yml:19:22 each of `to` must be a plain address, got the text "Ann <a@b.c>" (For example, write `ops@example.org`.)',
    'schedule.yml:19:57 `user` and `password_secret` belong together',
    expect.stringContaining('schedule.yml:20:44 `secret` must be the path of a pillar value'),
    'schedule.yml:20:25 `url` must begin with https:// or http://',
    expect.stringContaining('schedule.yml:21:25 `url` contains a user name or password'),
    'schedule.yml:22:13 `highstate` has no key `evry` (Did you mean `every`?)',
    'schedule.yml:22:12 `highstate` needs `every` (For example, write `every: 1h`.)',
    'schedule.yml:3:3 a schedule name must be up to 40 of a-z, 0-9 and `-`, got `Nightly`',
    'schedule.yml:13:5 `nightly` has no key `recipient` (Did you mean `recipients`?)',
    'schedule.yml:9:12 `splay` must be a time from 0s to 1d, got `10 minutes` (Write a number and s, m, h or d, for example `10m`.)',
    expect.stringContaining('schedule.yml:5:11 `61 * * * *` is not a cron expression: Invalid value for minute: 61'),
    'schedule.yml:6:15 there is no time zone `Europe/Londn` (Did you mean `Europe/London`?)',
    'schedule.yml:7:11 `verb` must be one of apply, test, compliance, got `aply` (Did you mean `apply`?)',
    expect.stringContaining('schedule.yml:8:13 expected a value after `role=`, got nothing'),
    'schedule.yml:10:14 `overlap` must be one of skip, queue, allow, got `skipp` (Did you mean `skip`?)',
    'schedule.yml:11:13 `missed` must be one of skip, once, all, got `never`',
    'schedule.yml:12:13 `within` must be a time from 60s to 7d, got `30d` (Write a number and s, m, h or d, for example `10m`.)',
    'schedule.yml:15:18 `deliver` has no `osp`; there are none (Write it under `deliver`.)',
    'schedule.yml:14:14 `enabled` must be true or false, got the text "maybe"',
  ])
})

it('schedule.yml suggests the closest recipient and names missing keys of an entry', () => {
  const text = 'deliver: {ops: {file: /r}}\nschedules:\n  a: {recipients: osp}\n'

  expect(wrong(text)).toEqual([
    'schedule.yml:3:6 `a` needs `cron` (For example, write `cron: "30 1 * * *"`: every day at 01:30.)',
    'schedule.yml:3:6 `a` needs `verb` (For example, write `verb: test`.)',
    'schedule.yml:3:6 `a` needs `target` (For example, write `target: level=production`, or `target: "*"`.)',
    'schedule.yml:3:19 `deliver` has no `osp`; there are ops (Did you mean `ops`?)',
  ])
})

it('schedule.yml rejects a sealed value where a pillar path is expected', () => {
  const text = 'deliver: {hook: {webhook: {url: "https://a", secret: !sealed "v1:x"}}}\n'

  expect(wrong(text)).toEqual(['schedule.yml:1:62 `secret` must be text, got a sealed value'])
})

it('schedule.yml refuses a target with ids side by side, and says both ways to write it', () => {
  const text = (target: string): string => `schedules:\n  a: {cron: "0 1 * * *", verb: test, target: "${target}"}\n`

  expect(parseSchedule(text('web* *-prod')).problems).toMatchObject([
    {
      code: 'TARGET_SYNTAX',
      message: '`web*` and `*-prod` stand side by side',
      hint: 'For either, write `web*,*-prod`; for minions that fit both, `web* and *-prod`.',
    },
  ])
  for (const target of ['web*,*-prod', 'web* and *-prod', 'edge', 'role=db failed', 'edge online']) {
    expect(parseSchedule(text(target)).problems).toEqual([])
  }
})
