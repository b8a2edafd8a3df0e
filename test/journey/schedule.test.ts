import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { until } from './scene.ts'
import { ScheduleJourney } from './schedule-scene.ts'

let scene: ScheduleJourney

const TEST = 'verb: test, target: "*"'
const entry = (name: string, cron: string, more = TEST): string => `  ${name}: {cron: "${cron}", ${more}}\n`

/** Starts a fleet of one minion with one state, a file. */
async function start(time: string, schedule: string): Promise<void> {
  scene = new ScheduleJourney(time)
  await scene.makeFleet({
    'inventory.yml': '"*": {roles: [demo], level: staging}\n',
    'roles/demo/role.yml': 'summary: writes a file\n',
    'roles/demo/states.yml': `config:\n  file.managed: {name: "${scene.out}/config", contents: "one\\n", ${scene.owner}}\n`,
    'schedule.yml': schedule,
  })
  await scene.startMaster()
  await scene.join('m1')
}

afterEach(() => scene.close())

it('a schedule with a time zone runs once in nights of a DST change, even when the master restarts', async () => {
  const berlin = `timezone: Europe/Berlin, ${TEST}`
  const entries = [
    entry('nightly', '30 2 * * *', berlin),
    entry('also', '0 3 * * *', berlin),
    entry('beat', '*/30 * * * *'),
  ]
  await start('2027-03-28T00:55:00Z', `schedules:\n${entries.join('')}`)
  expect(await scene.row('nightly')).toMatchObject({ state: 'on', next: '2027-03-28T01:00:00.000Z' })
  expect(await scene.must(['schedule', 'next', 'nightly', '--count', '2'])).toMatch(
    /01:00.* Sun 2027-03-28 03:00 GMT\+2 Europe\/Berlin\n.*00:30.* Mon 2027-03-29 02:30 GMT\+2 Europe\/Berlin\n/,
  )

  // 02:30 does not exist in this night; two schedules become due in the same minute.
  scene.setClock('2027-03-28T00:59:59Z')
  await scene.fired('nightly', '2027-03-28T01:00:00Z')
  await scene.fired('also', '2027-03-28T01:00:00Z')
  await scene.restartMasterAt('2027-03-28T01:00:20Z')
  await scene.here('m1')
  scene.setClock('2027-03-28T01:29:59Z')
  await scene.fired('beat', '2027-03-28T01:30:00Z')
  expect(await scene.jobsOf('nightly')).toHaveLength(1)
  expect(await scene.jobsOf('also')).toHaveLength(1)

  // In this night 02:30 occurs twice.
  await scene.restartMasterAt('2027-10-31T00:29:55Z')
  await scene.here('m1')
  await scene.fired('nightly', '2027-10-31T00:30:00Z')
  await scene.fired('beat', '2027-10-31T00:30:00Z')
  scene.setClock('2027-10-31T01:29:59Z')
  await scene.fired('beat', '2027-10-31T01:30:00Z')
  expect(await scene.jobsOf('nightly')).toHaveLength(2)
  expect((await scene.row('nightly')).last).toMatchObject({ outcome: 'done' })
  expect(await scene.must(['audit', 'verify'])).toContain('intact')
})

it('a schedule runs nothing twice when the clock is set back, and continues at once after a clock that was days off', async () => {
  await start('2027-05-05T05:58:00Z', `schedules:\n${entry('hourly', '0 * * * *')}`)
  scene.setClock('2027-05-05T05:59:59Z')
  await scene.fired('hourly', '2027-05-05T06:00:00Z')
  // 06:00 occurs again. The tick after it reports an error, so the tick at 06:00 is over.
  scene.setClock('2027-05-05T05:59:58Z')
  await until('06:00 has come again', () => scene.now > Date.parse('2027-05-05T06:00:03Z'))
  scene.write({ 'schedule.yml': 'schedules: []\n' })
  scene.setClock('2027-05-05T06:01:00Z')
  await until('a tick', () => scene.log('master').includes('schedule.yml has problems'))
  expect(await scene.jobsOf('hourly')).toHaveLength(1)
  scene.write({ 'schedule.yml': `schedules:\n${entry('hourly', '0 * * * *')}` })
  scene.setClock('2027-05-05T06:59:59Z')
  await scene.fired('hourly', '2027-05-05T07:00:00Z')
  expect(await scene.jobsOf('hourly')).toHaveLength(2)

  scene.setClock('2027-05-08T12:00:01Z')
  await scene.fired('hourly', '2027-05-08T12:00:00Z')
  scene.setClock('2027-05-05T07:30:00Z')
  await until('the wrong clock is seen', async () => (await scene.row('hourly')).next === '2027-05-05T08:00:00.000Z')
  scene.setClock('2027-05-05T07:59:59Z')
  await scene.fired('hourly', '2027-05-05T08:00:00Z')
  expect(await scene.jobsOf('hourly')).toHaveLength(4)
})

it('a restarted master catches up missed schedules according to their `missed` rule and keeps pauses', async () => {
  const rules = ['once', 'all', 'skip'].map(rule => entry(rule, '0 * * * *', `missed: ${rule}, ${TEST}`))
  await start('2027-05-05T05:50:00Z', `schedules:\n${rules.join('')}${entry('rests', '0 * * * *')}`)
  expect(await scene.must(['schedule', 'pause', 'rests'])).toBe(
    'rests is paused until `master schedule resume rests`\n',
  )

  await scene.restartMasterAt('2027-05-05T09:20:00Z')
  await scene.here('m1')
  await scene.fired('once', '2027-05-05T09:00:00Z')
  await scene.fired('all', '2027-05-05T09:00:00Z')
  expect(await scene.jobsOf('once')).toHaveLength(1)
  expect(await scene.jobsOf('all')).toHaveLength(4)
  expect(await scene.jobsOf('skip')).toHaveLength(0)
  expect(await scene.jobsOf('rests')).toHaveLength(0)
  expect(await scene.row('rests')).toMatchObject({ state: 'paused', paused: { by: expect.any(String) } })

  await scene.must(['schedule', 'resume', 'rests'])
  scene.setClock('2027-05-05T09:59:59Z')
  for (const name of ['once', 'all', 'skip', 'rests']) await scene.fired(name, '2027-05-05T10:00:00Z')
  expect(await scene.jobsOf('rests')).toHaveLength(1)
})

it('a master killed during a scheduled run waits for the job that it had started and starts no second one', async () => {
  await start('2027-05-05T05:50:00Z', `schedules:\n${entry('keep', '0 * * * *', 'verb: apply, target: "*"')}`)
  const gate = join(scene.directory, 'gate')
  scene.write({
    'roles/demo/states.yml': `slow:\n  cmd.run: {cmd: "until test -e ${gate}; do sleep 0.1; done; echo x >> ${scene.out}/x", shell: true}\n`,
  })
  scene.setClock('2027-05-05T05:59:59Z')
  await until('it has ordered its job', async () => (await scene.jobsOf('keep')).length === 1)
  await scene.restartMasterAt('2027-05-05T06:03:00Z')
  expect(await scene.row('keep')).toMatchObject({ state: 'working' })
  writeFileSync(gate, '')
  await scene.fired('keep', '2027-05-05T06:00:00Z')

  expect(await scene.jobsOf('keep')).toHaveLength(1)
  expect((await scene.row('keep')).last).toMatchObject({ outcome: 'done' })
  expect(readFileSync(join(scene.out, 'x'), 'utf8')).toBe('x\n')
})

it('minions apply their highstate on schedule without the master', async () => {
  await start('2027-05-05T05:50:00Z', 'highstate: {every: 1h}\n')
  await scene.must(['apply', 'm1'])
  await scene.kill('master')
  rmSync(join(scene.out, 'config'))
  scene.setClock('2027-05-05T06:52:00Z')
  await until(
    'the minion has put it right',
    () => existsSync(join(scene.out, 'config')),
    () => scene.log('minion-m1'),
  )
  await scene.startMaster()
  await scene.here('m1')

  await until('its report is here', async () => {
    const { out } = await scene.run(['--json', 'jobs'])
    const { jobs } = JSON.parse(out) as { readonly jobs: readonly { readonly origin: string }[] }
    return jobs.map(({ origin }) => origin).join() === 'interval,order'
  })
})

it('an edit of schedule.yml takes effect in the next minute, and removed schedules no longer run', async () => {
  await start('2027-05-05T05:50:00Z', `schedules:\n${entry('a', '0 * * * *')}${entry('b', '0 * * * *')}`)
  await until('it was seen', async () => (await scene.list()).schedules.length === 2)
  scene.write({ 'schedule.yml': `schedules:\n${entry('a', '15 * * * *')}${entry('c', '0 * * * *')}` })
  scene.setClock('2027-05-05T05:59:59Z')
  await scene.fired('c', '2027-05-05T06:00:00Z')
  scene.setClock('2027-05-05T06:14:59Z')
  await scene.fired('a', '2027-05-05T06:15:00Z')

  expect(await scene.jobsOf('a')).toHaveLength(1)
  expect(await scene.jobsOf('b')).toHaveLength(0)
  const said = await scene.run(['schedule', 'run', 'b'])
  expect(said).toMatchObject({ code: 2, err: expect.stringContaining('SCHEDULE_UNKNOWN') })
})

it('an invalid schedule.yml is reported, and the last valid one stays in force, even across a restart', async () => {
  const good = `schedules:\n${entry('hourly', '0 * * * *')}`
  await start('2027-05-05T05:50:00Z', good)
  await until('it was seen', async () => (await scene.list()).schedules.length === 1)
  scene.write({ 'schedule.yml': `schedules:\n${entry('hourly', '61 * * * *')}${entry('x', '0 1 * *')}` })
  scene.setClock('2027-05-05T05:59:59Z')
  await scene.fired('hourly', '2027-05-05T06:00:00Z')
  // Early enough for the minion to be back online when the schedule fires, even on a busy machine.
  await scene.restartMasterAt('2027-05-05T06:59:45Z')
  await scene.here('m1')
  await scene.fired('hourly', '2027-05-05T07:00:00Z')
  expect((await scene.row('hourly')).last).toMatchObject({ outcome: 'done' })

  const lint = await scene.run(['lint'])
  expect(lint.code).toBe(2)
  for (const { out } of [lint, await scene.run(['schedule', 'list'])]) {
    expect(out).toContain('schedule.yml:2:18')
    expect(out).toContain('Invalid value for minute: 61')
    expect(out).toMatch(/1 more of this kind in schedule.yml:\n +3:13 /)
  }
  expect(scene.log('master')).toContain('schedule.yml has problems, the last valid version stays in use')
  scene.write({ 'schedule.yml': good })
  expect((await scene.run(['lint'])).code).toBe(0)
  expect((await scene.run(['schedule', 'list'])).code).toBe(0)
})
